/** The shell's command line. */
import { parseArgs } from 'node:util';
import { DEFAULT_SOCKET } from '../../control/messages.js';

/** Lines to run, in the order given. */
export type Source =
  | { readonly kind: 'command'; readonly line: string }
  | { readonly kind: 'file'; readonly path: string };

export interface Options {
  readonly socket: string;
  readonly sources: readonly Source[];
  /** The words of one command, `invite …` or `join …`; empty: none was given. */
  readonly words: readonly string[];
  /** A line whose last word is to be completed, for other shells; null: none. */
  readonly complete: string | null;
  /** Answers as data. */
  readonly json: boolean;
  readonly help: boolean;
  readonly version: boolean;
}

/** Wrong usage: the message says what is wrong. */
export class UsageError extends Error {}

export const USAGE = `Usage: sennit [options]
       sennit [options] invite PEER [id N] [address A/P] [minutes M]
       sennit [options] join [STRING | -]

The shell of Sennit. Without -c and -f it takes commands from standard input:
at a terminal with prompt, '?' and TAB, otherwise line by line.

invite prints a string with which another host joins the network, join takes it
there. Without the string join reads it from standard input, where other users
of the machine can't see it; what is typed there is not shown.

  -c, --command LINE   run this command; may be repeated, all in one session
  -f, --file FILE      run the commands in this file; may be repeated
      --json           answers as JSON, as if '| json' stood behind each command
      --socket PATH    the daemon's socket (default: $SENNIT_SOCKET,
                       or ${DEFAULT_SOCKET})
      --complete LINE  print what the last word of the line can become
  -h, --help           print this text
  -V, --version        print the version

Exit code: 0 when every command was accepted, 1 when one was refused, 2 when
the usage is wrong or the daemon can't be reached.
`;

/**
 * Reads the arguments.
 * @throws UsageError
 */
export function parseOptions(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Options {
  const sources: Source[] = [];
  const parsed = parse(argv);
  for (const token of parsed.tokens) {
    if (token.kind !== 'option' || token.value === undefined) continue;
    if (token.name === 'command') sources.push({ kind: 'command', line: token.value });
    if (token.name === 'file') sources.push({ kind: 'file', path: token.value });
  }
  const words = parsed.positionals;
  if (words.length > 0 && words[0] !== 'invite' && words[0] !== 'join')
    throw new UsageError(`'${words[0]}' is not an option: for a command of the shell use -c`);
  if (words.length > 0 && sources.length > 0)
    throw new UsageError(`'${words[0]}' can't be used together with -c or -f`);
  const { socket, complete = null, json = false, help = false, version = false } = parsed.values;

  if (socket === '') throw new UsageError('--socket needs a path');
  return {
    socket: socket ?? (environment.SENNIT_SOCKET || DEFAULT_SOCKET),
    sources,
    words,
    complete,
    json,
    help,
    version,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      tokens: true,
      allowPositionals: true,
      options: {
        command: { type: 'string', short: 'c', multiple: true },
        file: { type: 'string', short: 'f', multiple: true },
        socket: { type: 'string' },
        complete: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'V' },
      },
    });
  } catch (error) {
    // Node goes on with advice about positional arguments, which is of no use here.
    throw new UsageError((error as Error).message.split(/\. To specify|\n/, 1)[0] as string);
  }
}
