/**
 * A command whose answer comes piece by piece. Whoever asked fetches each piece when it has room for it, so a slow
 * shell holds up nobody and costs no memory.
 */
import type { Answer } from './commands/command.js';
import type { Stage } from './grammar/pipes.js';

export interface Stream {
  /** Where the bytes belong: a file of whoever asked (`-`: its standard output), or null for text on the screen. */
  readonly to: string | null;
  /** It ends by itself. */
  readonly ends: boolean;
  /** The next piece, empty when nothing came for a while; null: it has ended. Rejects as the command may. */
  next(): Promise<Uint8Array | null>;
  /** Begins nothing new; what is left can still be fetched. May be called twice, and after the end. */
  stop(): void;
  /** After the end: the last words, and all as data if the command has that. */
  end(): Answer;
}

/** What the shell is told of a stream. */
export interface Piecemeal {
  readonly to: string | null;
  /** What it is to put the text through when all of it has come; absent: it prints what comes. */
  readonly filters?: readonly Stage[];
}

/** A piece as it goes to the shell. */
export type Piece =
  | { readonly more: true; readonly text?: string; readonly bytes?: string }
  | { readonly more: false; readonly ok: boolean; readonly output: string };

/** The next piece of a stream; text as text, bytes in base64. */
export async function pieceOf(stream: Stream): Promise<Piece> {
  const bytes = await stream.next();
  if (bytes === null) return { more: false, ok: true, output: stream.end().text };
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (stream.to === null) return { more: true, text: content.toString('utf8') };
  return { more: true, bytes: content.toString('base64') };
}

/** Most bytes of text that are put together, by the daemon or the shell: then the stream is stopped. */
export const MOST_TEXT = 16 << 20;

const NOTHING = new Uint8Array(0);

/**
 * The same answer as data: its pieces are empty, and all of it comes at the end. Piece by piece all the same, so
 * that it can be stopped.
 * @param dataOf what to say, of the whole answer
 */
export function dataStream(stream: Stream, dataOf: (whole: Answer) => string): Stream {
  const parts: Uint8Array[] = [];
  let size = 0;
  return {
    to: stream.to,
    ends: stream.ends,
    next: async () => {
      const piece = await stream.next();
      if (piece === null) return null;
      parts.push(piece);
      size += piece.length;
      if (size > MOST_TEXT) stream.stop();
      return NOTHING;
    },
    stop: () => stream.stop(),
    end: () => {
      const last = stream.end();
      const text = `${Buffer.concat(parts).toString('utf8')}${last.text}`;
      return { text: dataOf({ ...last, text: text.replace(/\n$/, '') }) };
    },
  };
}
