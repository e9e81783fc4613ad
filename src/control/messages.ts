/**
 * What shell and daemon say to each other over the control socket: one JSON object a line, UTF-8. The
 * shell asks, the daemon answers every request in order with the request's id. Between answers it may tell
 * something without being asked. Each connection is a session of its own, with its own mode.
 */

import type { Completion } from '../cli/grammar/complete.js';
import type { RunResult } from '../cli/session.js';
import type { Piece } from '../cli/stream.js';
import type { Snapshot } from './snapshot.js';

/** A longer line is refused and ends the connection. Answers are not bounded by this. */
export const MAX_REQUEST_BYTES = 64 * 1024;

export const DEFAULT_SOCKET = '/run/sennit/sennit.sock';

export interface Hello {
  readonly version: string;
  readonly prompt: string;
}

/** Method names, and the answer to each. */
export interface Methods {
  hello: Hello;
  run: RunResult;
  /** As `run`, but what has data is answered with it. */
  json: RunResult;
  /** The line is what the command before it asked for: a secret. */
  answer: RunResult;
  /** The next piece of the answer to the command before, which comes in pieces. */
  more: Piece;
  /** Ends that: the last pieces can still be fetched. */
  stop: Record<string, never>;
  /** All that the live screen shows. */
  snapshot: Snapshot;
  help: { readonly text: string };
  complete: Completion;
}

export type Method = keyof Methods;

export interface Request {
  readonly id: number;
  readonly method: Method;
  readonly line: string;
}

export type Response =
  | { readonly id: number; readonly result: Methods[Method] }
  /** A request that could not be understood; its id is null when not even that could be read. */
  | { readonly id: number | null; readonly error: string };

const METHODS: readonly string[] = ['hello', 'run', 'json', 'answer', 'more', 'stop', 'snapshot', 'help', 'complete'];

/** What the daemon tells without being asked. A shell ignores what it does not know. */
export type Notice =
  /** New lines of the log, after `dropped` that the shell had no room for. */
  | { readonly notice: 'log'; readonly lines: readonly string[]; readonly dropped: number }
  /** The connection ends here, and another one would, too. */
  | { readonly notice: 'bye'; readonly reason: string };

/** Reads a request, or says what is wrong with it. */
export function parseRequest(text: string): Request | { readonly id: number | null; readonly error: string } {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return { id: null, error: 'not JSON' };
  }
  if (typeof message !== 'object' || message === null) return { id: null, error: 'not an object' };
  const { id, method, line = '' } = message as Record<string, unknown>;
  if (typeof id !== 'number' || !Number.isSafeInteger(id)) return { id: null, error: "'id' is not a whole number" };
  if (typeof method !== 'string' || !METHODS.includes(method)) return { id, error: 'unknown method' };
  if (typeof line !== 'string') return { id, error: "'line' is not text" };
  return { id, method: method as Method, line };
}
