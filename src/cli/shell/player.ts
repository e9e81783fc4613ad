/** Fetches an answer that comes piece by piece, and puts it where it belongs: a file, standard output or the screen. */
import { createWriteStream } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';
import type { Method, Methods } from '../../control/messages.js';
import type { Stage } from '../grammar/pipes.js';
import type { Piecemeal } from '../stream.js';
import { MOST_TEXT } from '../stream.js';
import { filtered, RedirectError } from './filters.js';
import type { ScriptOutput } from './script.js';

/** Whoever can be asked for the pieces: a connection to the daemon. */
export interface Asked {
  call<M extends Method>(method: M): Promise<Methods[M]>;
}

export interface PlayOptions extends Piecemeal {
  /** Where text goes that has no file. */
  readonly print: (text: string) => void;
  readonly stdout: WriteStream;
  /** Aborted when no more is wanted: what is on its way still comes. */
  readonly enough: AbortSignal;
}

export interface Played {
  readonly ok: boolean;
  /** The last words, or what is wrong. */
  readonly output: string;
}

/** Only its owner reads what users send. */
const FILE_MODE = 0o600;

/** Exit code of a program that was interrupted, as shells have it. */
const INTERRUPTED = 130;

/**
 * Plays the answer to its end.
 * @throws ControlError when the daemon goes away; what came is in the file
 */
export async function play(client: Asked, options: PlayOptions): Promise<Played> {
  const { to, stdout, enough } = options;
  if (to === '-' && stdout.isTTY) {
    await client.call('stop');
    return { ok: false, output: "% Standard output is a terminal: give 'file F', or put a program behind a pipe" };
  }
  const stop = (): void => void client.call('stop').catch(() => undefined);
  if (enough.aborted) stop();
  else enough.addEventListener('abort', stop, { once: true });
  try {
    if (options.filters !== undefined) return await playThrough(client, options, options.filters);
    if (to === null || to === '-') return await fetchAll(client, options, to === null ? null : stdout, () => null);
    return await playInto(client, options, to);
  } finally {
    enough.removeEventListener('abort', stop);
  }
}

async function playThrough(client: Asked, options: PlayOptions, filters: readonly Stage[]): Promise<Played> {
  let text = '';
  const print = (piece: string): void => {
    text += piece;
    if (text.length > MOST_TEXT) void client.call('stop').catch(() => undefined);
  };
  const { ok, output } = await fetchAll(client, { ...options, print }, null, () => null);
  if (!ok) return { ok, output };
  try {
    return { ok, output: filtered(`${text}${output}`.replace(/\n$/, ''), filters) };
  } catch (error) {
    if (!(error instanceof RedirectError)) throw error;
    return { ok: false, output: `% ${error.message}` };
  }
}

async function playInto(client: Asked, options: PlayOptions, to: string): Promise<Played> {
  const file = createWriteStream(to.startsWith('~/') ? join(homedir(), to.slice(2)) : to, { mode: FILE_MODE });
  let failure: Error | null = null;
  file.on('error', (error) => {
    failure = error;
  });
  const ended = new Promise<void>((resolve) => file.on('close', resolve));
  let played: Played;
  try {
    played = await fetchAll(client, options, file, () => failure);
  } finally {
    file.end();
    await ended;
  }
  return failure === null ? played : unwritten(to, failure);
}

/** Node's messages begin with the error's name and end with the system call. */
function unwritten(to: string | null, { message }: Error): Played {
  return { ok: false, output: `% can't write ${to}: ${message.replace(/^[A-Z]+: |, \w+( '.*')?$/g, '')}` };
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Plays for a script: a signal ends it well, a second one at once. */
export async function playScript(client: Asked, what: Piecemeal, output: ScriptOutput): Promise<Played> {
  const enough = new AbortController();
  const onSignal = (): void => {
    if (enough.signal.aborted) process.exit(INTERRUPTED);
    enough.abort();
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    const { ok, output: words } = await play(client, {
      ...what,
      print: output.out,
      stdout: process.stdout,
      enough: enough.signal,
    });
    // What a program behind the pipe reads holds nothing else.
    if (!ok || what.to !== '-') return { ok, output: words };
    output.error(`${words}\n`);
    return { ok, output: '' };
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
}

async function fetchAll(
  client: Asked,
  { to, print }: PlayOptions,
  into: Writable | null,
  failure: () => Error | null,
): Promise<Played> {
  for (;;) {
    const piece = await client.call('more');
    const error = failure();
    if (error !== null) {
      await client.call('stop');
      return unwritten(to, error);
    }
    if (!piece.more) return { ok: piece.ok, output: piece.output };
    if (piece.text !== undefined && piece.text !== '') print(piece.text);
    if (piece.bytes !== undefined && piece.bytes !== '') await write(into, Buffer.from(piece.bytes, 'base64'));
  }
}

/** Resolves when there is room for more. */
function write(into: Writable | null, bytes: Uint8Array): Promise<void> {
  if (into === null || into.write(bytes) || into.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const go = (): void => {
      into.off('drain', go);
      into.off('close', go);
      resolve();
    };
    into.on('drain', go);
    into.on('close', go);
  });
}
