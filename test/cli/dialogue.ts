/** Dialogues: keys that are typed, and the screen as it should be then, to the letter, with the cursor in it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { DaemonDouble } from './daemon-double.js';
import { startDaemonDouble } from './daemon-double.js';
import { TerminalDouble, type TerminalDoubleOptions } from './terminal-double.js';

/** Keys by name. */
export const KEY = {
  up: '\u001b[A',
  down: '\u001b[B',
  right: '\u001b[C',
  left: '\u001b[D',
  home: '\u001b[H',
  end: '\u001b[F',
  del: '\u001b[3~',
  escape: '\u001b',
  back: '\u007f',
  tab: '\t',
  enter: '\r',
} as const;

export function ctrl(letter: string): string {
  return String.fromCharCode(letter.toUpperCase().charCodeAt(0) ^ 64);
}

export function alt(letter: string): string {
  return `\u001b${letter}`;
}

/** As terminals mark what is pasted; line feeds come as carriage returns. */
export function paste(text: string): string {
  return `\u001b[200~${text.replace(/\n/g, '\r')}\u001b[201~`;
}

/**
 * Keys, and the screen after them from the row where the dialogue began; `▮` is the cursor. Where the text is too long
 * to write down: what it must match.
 */
export type Step = readonly [keys: string | Buffer | ((stage: Stage) => unknown), screen: string | RegExp];

export interface Stage {
  readonly daemon: DaemonDouble;
  readonly terminal: TerminalDouble;
}

export type Dialogue = readonly [name: string, ...steps: Step[]];

/** Times and numbers of processes differ from run to run. */
function mask(text: string): string {
  return text.replace(/\d\d-\d\d \d\d:\d\d:\d\d(\.\d{3})?/g, '00-00 00:00:00').replace(/Sennit \d[^\s)]*/g, 'Sennit X');
}

/** Takes the margin that the text has in the source: that of its first line. */
function dedent(text: string): string {
  const lines = text.replace(/^\n/, '').trimEnd().split('\n');
  const margin = /^ */.exec(lines[0] as string)?.[0] ?? '';
  return lines.map((line) => (line.startsWith(margin) ? line.slice(margin.length) : line)).join('\n');
}

export interface GroupOptions extends TerminalDoubleOptions {
  /** Before the shell is started. */
  readonly prepare?: (daemon: DaemonDouble) => void;
}

/** A group of dialogues that one shell has in turn, with a daemon of its own. */
export function dialogues(group: string, options: GroupOptions, list: readonly Dialogue[]): void {
  const skip = options.reader === true && process.getuid?.() !== 0 ? 'needs root' : false;
  describe(group, { skip, concurrency: 1 }, () => {
    let stage: Stage;
    before(async () => {
      const daemon = await startDaemonDouble();
      options.prepare?.(daemon);
      stage = { daemon, terminal: new TerminalDouble(daemon, options) };
      await stage.terminal.prompt();
    });
    after(async () => {
      await stage.terminal.kill();
      await stage.daemon.stop();
      assert.deepEqual(stage.terminal.screen.unknown, []);
    });
    for (const [name, ...steps] of list) it(name, () => run(stage, steps));
  });
}

async function run(stage: Stage, steps: readonly Step[]): Promise<void> {
  const { terminal } = stage;
  await terminal.prompt();
  const from = terminal.screen.row;
  try {
    for (const [keys, expected] of steps) {
      if (typeof keys === 'function') await keys(stage);
      else terminal.type(keys);
      await terminal.shows(typeof expected === 'string' ? dedent(expected) : expected, from, mask);
    }
  } catch (error) {
    await clear(terminal).catch(() => undefined);
    throw error;
  }
  await clear(terminal);
}

/** The next dialogue begins on a row of its own. */
async function clear(terminal: TerminalDouble): Promise<void> {
  const begun = terminal.screen.row;
  terminal.type(ctrl('c'));
  await terminal.until(
    (text) => /\^C\n[^\n]*[#>] ▮$/.test(text),
    begun,
    () => undefined,
  );
}
