#!/usr/bin/env node
/** `sennit`: connects to the daemon and runs commands from the arguments, a script or a terminal. */
import { createReadStream } from 'node:fs';
import { ControlClient } from '../../control/client.js';
import { VERSION } from '../../version.js';
import { completions } from './completions.js';
import { HistoryFile } from './history-file.js';
import { runLive } from './live.js';
import type { Options, Source } from './options.js';
import { parseOptions, USAGE, UsageError } from './options.js';
import { playScript } from './player.js';
import { printable } from './printable.js';
import type { ScriptLine, ScriptOutput } from './script.js';
import { linesOf, runScript } from './script.js';
import { secretsOf } from './secrets.js';
import { Terminal } from './terminal.js';
import { runWords } from './words.js';

const REFUSED = 1;
const UNUSABLE = 2;

/** A program behind a pipe gets everything as it is. */
const OUTPUT: ScriptOutput = {
  out: (text) => void print(process.stdout.isTTY ? printable(text) : text),
  error: (text) => void process.stderr.write(process.stderr.isTTY ? printable(text) : text),
};

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2), process.env);
  if (holdInvitation(options)) process.title = 'sennit join';
  if (options.help) return print(USAGE);
  if (options.version) return print(`sennit ${VERSION}\n`);
  if (options.complete !== null) return print(await completions(options.socket, options.complete));
  const client = await ControlClient.connect(options.socket);
  try {
    return await converse(client, options);
  } finally {
    client.close();
  }
}

/** Whether the arguments hold an invitation: everybody can read them in /proc, until a title overwrites them. */
function holdInvitation({ words, sources, complete }: Options): boolean {
  if (words[0] === 'join' && words.length > 1) return true;
  const lines = sources.map((source) => (source.kind === 'command' ? source.line : ''));
  return [...lines, complete ?? ''].some((line) => /\bsennit\d+:/.test(line));
}

async function converse(client: ControlClient, { sources, words, json, socket }: Options): Promise<number> {
  const method = json ? 'json' : 'run';
  if (words.length > 0) return (await runWords(client, words, process.stdin, OUTPUT, method)) ? 0 : REFUSED;
  if (sources.length === 0 && !json && process.stdin.isTTY && process.stdout.isTTY) {
    const { version, prompt } = await client.call('hello');
    print(`Sennit ${version}. '?' lists what can be typed.\n`);
    const connect = (): Promise<ControlClient> => ControlClient.connect(socket);
    const historyFile = openHistory();
    await new Terminal({ client, connect, input: process.stdin, output: process.stdout, historyFile }).run(prompt);
    return 0;
  }
  const lines = sources.length > 0 ? linesOfSources(sources) : linesOf(process.stdin, (line) => `line ${line}`);
  const refused = await runScript(client, lines, OUTPUT, playScript, () => showLive(socket), method);
  return refused > 0 ? REFUSED : 0;
}

/** Null when no history can be kept, which is said. */
function openHistory(): HistoryFile | null {
  try {
    return new HistoryFile(process.env);
  } catch (error) {
    print(`% The history is not kept: ${printable((error as Error).message)}\n`);
    return null;
  }
}

async function showLive(socket: string): Promise<{ ok: boolean; output: string }> {
  const { stdin, stdout, env: environment } = process;
  if (!stdin.isTTY || !stdout.isTTY)
    return { ok: false, output: "% monitor needs a terminal; for scripts: 'show links', 'show peers' and '| json'" };
  await runLive({ connect: () => ControlClient.connect(socket), output: stdout, environment }, stdin);
  return { ok: true, output: '' };
}

async function* linesOfSources(sources: readonly Source[]): AsyncGenerator<ScriptLine> {
  let commands = 0;
  // A secret has no place among the arguments, which everybody on the host can read.
  const answer = secretsOf(process.stdin, process.stderr);
  for (const source of sources) {
    if (source.kind === 'command') yield { text: source.line, origin: `-c ${++commands}`, answer };
    else yield* linesOf(createReadStream(source.path), (line) => `${source.path}:${line}`);
  }
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

/** What could not be done, in one line for a person. */
function complain(error: unknown): void {
  if (error instanceof UsageError) process.stderr.write(`sennit: ${error.message}\nTry 'sennit --help'.\n`);
  else process.stderr.write(`sennit: ${error instanceof Error ? error.message : error}\n`);
}

// Whoever reads the output may stop reading, such as `head`: that is no error.
process.stdout.on('error', () => process.exit(0));

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    complain(error);
    process.exitCode = UNUSABLE;
  },
);
