/**
 * Watches one core, on which lab/core-pauses.ts starts it before all that is measured: it wants to run each millisecond, and
 * when it could not, no lane, probe or relay on that core could. Commands are lines of JSON on standard input, each
 * answered with a line.
 */
import { Poller } from '../src/io/poller.js';
import { CommandLines, STDIN } from './command-lines.js';
import { monotonicMs } from './monotonic.js';

export type Command =
  /** Forgets the pauses so far, and watches. */
  | { op: 'begin' }
  /** Watches no more, and tells the pauses. */
  | { op: 'end' };

/** A time in which a core ran no real-time thread, on the machine's monotonic clock; milliseconds. */
export interface Pause {
  from: number;
  to: number;
}

const TICK_MS = 1;
const COMMANDS = 0;

const commands = new CommandLines<Command>(obey);
const poller = new Poller(1);
let pauses: Pause[] = [];
let watching = false;

function obey({ op }: Command): Pause[] | undefined {
  watching = op === 'begin';
  if (op === 'end') return pauses;
  pauses = [];
  return undefined;
}

for (;;) {
  poller.set(COMMANDS, STDIN);
  const from = monotonicMs() + TICK_MS;
  poller.wait(watching ? TICK_MS : Number.POSITIVE_INFINITY);
  const to = monotonicMs();
  if (watching && to - from > TICK_MS) pauses.push({ from, to });
  if (poller.events(COMMANDS) !== 0 && !commands.obeyAll()) break;
}
process.exit(0);
