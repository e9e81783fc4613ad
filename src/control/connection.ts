/** One shell's connection: requests in, answers out, in order, and notices between them. */
import type { Socket } from 'node:net';
import type { SessionOptions } from '../cli/session.js';
import { CommandSession } from '../cli/session.js';
import { VERSION } from '../version.js';
import type { Engine } from './engine.js';
import { LineSplitter } from './line-splitter.js';
import type { Method, Methods, Notice, Request, Response } from './messages.js';
import { MAX_REQUEST_BYTES, parseRequest } from './messages.js';

/** Bytes that may wait for a shell that does not read; what is told it beyond that is dropped. */
const MOST_UNREAD = 64 * 1024;

/** Tells a shell something without waiting for it; false when it has no room. */
export function notify(socket: Socket, notice: Notice): boolean {
  if (socket.destroyed || socket.writableEnded || socket.writableLength > MOST_UNREAD) return false;
  socket.write(`${JSON.stringify(notice)}\n`);
  return true;
}

/** Ends a connection and says why. */
export function dismiss(socket: Socket, reason: string): void {
  if (notify(socket, { notice: 'bye', reason })) socket.destroySoon();
  else socket.destroy(); // it does not read
}

/** What the daemon says while it ends, of what it did not begin. */
export const STOPPING = 'the daemon is stopping: this was not done';
const UNFINISHED = 'the daemon ends before this was finished: see after its start what of it is done';

/** A connection that is served. */
export interface Connection {
  /**
   * The daemon ends. What it works on for this shell is answered, what comes in pieces ends and is fetched, lines that
   * come now are refused. Resolves when all of that is said and the connection closed.
   */
  finish(): Promise<void>;
  /** No longer: what is not finished gets an answer that says so. */
  cut(): void;
}

/**
 * Serves a connection until it ends. While a request is worked on, or its answer is not taken by a slow
 * shell, nothing more is read: so no connection holds more than one chunk of requests and one answer.
 */
export function serveConnection(socket: Socket, engine: Engine, options: SessionOptions): Connection {
  const gone = new AbortController();
  const session = new CommandSession(engine, { ...options, gone: gone.signal });
  const splitter = new LineSplitter(MAX_REQUEST_BYTES);
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  let working = false;
  let ending = false;
  /** Nobody is there any more for what would be answered. */
  let left = false;
  /** What is worked on. */
  let current: Request | null = null;
  const leave = (): void => {
    left = true;
    gone.abort();
  };
  socket.on('error', () => socket.destroy());
  // Comes in the midst of a command, too, unless requests wait behind it.
  socket.on('end', leave);
  socket.on('close', leave);
  socket.on('drain', () => options.shell?.drained());
  socket.on('data', (chunk: Buffer) => {
    socket.pause();
    working = true;
    void answerChunk(chunk).finally(() => {
      working = false;
      socket.resume();
      if (ending) closeWhenDone();
    });
  });

  async function answerChunk(chunk: Buffer): Promise<void> {
    const lines = splitter.push(chunk);
    if (lines === null) {
      await send(socket, { id: null, error: `a request has at most ${MAX_REQUEST_BYTES} bytes` });
      socket.end();
      socket.destroySoon();
      return;
    }
    for (const line of lines) {
      // Whoever is gone has left its mode: what came behind the line that it left in would mean something else.
      if (left) return;
      options.shell?.begin();
      const response = await answer(line);
      options.shell?.end();
      if (left) return;
      await send(socket, response);
    }
  }

  async function answer(text: string): Promise<Response> {
    const request = parseRequest(text);
    if ('error' in request) return request;
    // The end has taken it out of its mode, too.
    if (ending && RUNS.has(request.method)) return refused(request, STOPPING);
    current = request;
    try {
      return { id: request.id, result: await resultOf(session, request) };
    } finally {
      current = null;
    }
  }

  /** The same for whatever is asked, in the shape of its answer. */
  function refused({ id, method }: Request, why: string): Response {
    const no = { ok: false, output: `% ${why[0]?.toUpperCase()}${why.slice(1)}` } as const;
    if (RUNS.has(method)) return { id, result: { ...no, prompt: session.prompt } };
    return method === 'more' ? { id, result: { more: false, ...no } } : { id, error: why };
  }

  /** Twice round the event loop: what has come by now is read, and refused. */
  function closeWhenDone(): void {
    if (working || session.streams) return;
    setImmediate(() =>
      setImmediate(() => {
        if (!working) socket.destroySoon();
      }),
    );
  }

  return {
    finish: () => {
      ending = true;
      gone.abort();
      closeWhenDone();
      return closed;
    },
    cut: () => {
      if (current !== null) void send(socket, refused(current, UNFINISHED));
      left = true;
      socket.destroySoon();
    },
  };
}

const RUNS: ReadonlySet<Method> = new Set<Method>(['run', 'json', 'answer']);

async function resultOf(session: CommandSession, { method, line }: Request): Promise<Methods[Method]> {
  switch (method) {
    case 'hello':
      return { version: VERSION, prompt: session.prompt };
    case 'run':
      return session.run(line);
    case 'json':
      return session.run(line, true);
    case 'answer':
      return session.answer(line);
    case 'more':
      return session.more();
    case 'stop':
      session.stop();
      return {};
    case 'snapshot':
      return session.snapshot();
    case 'help':
      return { text: session.help(line) };
    case 'complete':
      return session.complete(line);
  }
}

/** Resolves when the kernel, or at least the stream's own buffer, has room for more. */
function send(socket: Socket, response: Response): Promise<void> {
  if (socket.destroyed || socket.write(`${JSON.stringify(response)}\n`)) return Promise.resolve();
  return new Promise((resolve) => {
    const go = (): void => {
      socket.off('drain', go);
      socket.off('close', go);
      resolve();
    };
    socket.on('drain', go);
    socket.on('close', go);
  });
}
