/** `capture link …` and `capture interface …`: packets to a file of the shell's user, its standard output, or as text. */
import type { Capture, CaptureOptions } from '../../control/capture.js';
import { DEFAULT_SNAP_LENGTH } from '../../control/capture.js';
import type { Args } from '../grammar/token.js';
import { captureText } from '../show/capture.js';
import type { Stream } from '../stream.js';
import type { Answer, ExecCommand, ExecContext } from './command.js';
import { chosenPeer, Refused } from './command.js';

function numberOr<T>(value: Args[string] | undefined, otherwise: T): number | T {
  return value === undefined ? otherwise : Number(value);
}

function begin(context: ExecContext, args: Args, links: readonly number[]): Answer {
  if (args.file !== undefined && args.to !== undefined) throw new Refused("give a file or 'stdout', not both");
  const to = args.to !== undefined ? '-' : args.file === undefined ? null : String(args.file);
  const options: CaptureOptions = {
    links,
    peer: chosenPeer(context, args),
    count: numberOr(args.count, null),
    seconds: numberOr(args.seconds, null),
    snapLength: numberOr(args.snap, DEFAULT_SNAP_LENGTH),
    form: to === null ? 'text' : 'pcapng',
  };
  return {
    text: '',
    stream: streamOf(context.engine.capture(options), to, options.count !== null || options.seconds !== null),
  };
}

function streamOf(capture: Capture, to: string | null, ends: boolean): Stream {
  return {
    to,
    ends,
    next: () => capture.next(),
    stop: () => capture.stop(),
    end: () => ({ text: captureText(capture.result(), to) }),
  };
}

function linksOf({ engine }: ExecContext, args: Args): readonly number[] {
  if (args.all === undefined) return [Number(args.link)];
  const links = [...(engine.running().interface?.localLinks.keys() ?? [])];
  if (links.length === 0) throw new Refused("there is no local link: see 'show interface'");
  return links.sort((a, b) => a - b);
}

export const captureCommands: Readonly<Record<string, ExecCommand>> = {
  'capture link': { changes: false, run: (context, args) => begin(context, args, linksOf(context, args)) },
  'capture interface': { changes: false, run: (context, args) => begin(context, args, []) },
};
