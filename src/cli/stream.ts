/**
 * A command whose answer comes piece by piece. Whoever asked fetches each piece when it has room for it, so a slow
 * shell holds up nobody and costs no memory.
 */
import type { Answer } from './commands/command.js';

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

/** Most bytes of text that are put together for a pipe. */
const MOST_TEXT = 16 << 20;

/** The whole answer at once, for what comes behind a pipe; stops when `gone` is aborted. */
export async function drained(stream: Stream, gone: AbortSignal): Promise<Answer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const stop = (): void => stream.stop();
  gone.addEventListener('abort', stop);
  try {
    if (gone.aborted) stream.stop();
    for (let piece = await stream.next(); piece !== null; piece = await stream.next()) {
      parts.push(piece);
      size += piece.length;
      if (size > MOST_TEXT) stream.stop();
    }
  } finally {
    gone.removeEventListener('abort', stop);
  }
  const last = stream.end();
  const text = Buffer.concat(parts).toString('utf8') + last.text;
  return { ...last, text: text.replace(/\n$/, '') };
}
