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

/**
 * Serves a connection until it ends. While a request is worked on, or its answer is not taken by a slow
 * shell, nothing more is read: so no connection holds more than one chunk of requests and one answer.
 */
export function serveConnection(socket: Socket, engine: Engine, options: SessionOptions): void {
  const gone = new AbortController();
  const session = new CommandSession(engine, { ...options, gone: gone.signal });
  const splitter = new LineSplitter(MAX_REQUEST_BYTES);
  socket.on('error', () => socket.destroy());
  // Comes in the midst of a command, too, unless requests wait behind it.
  socket.on('end', () => gone.abort());
  socket.on('close', () => gone.abort());
  socket.on('drain', () => options.shell?.drained());
  socket.on('data', (chunk: Buffer) => {
    socket.pause();
    void answerChunk(chunk).finally(() => socket.resume());
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
      if (gone.signal.aborted) return;
      options.shell?.begin();
      const response = await answer(session, line);
      options.shell?.end();
      await send(socket, response);
    }
  }
}

async function answer(session: CommandSession, text: string): Promise<Response> {
  const request = parseRequest(text);
  if ('error' in request) return request;
  return { id: request.id, result: await resultOf(session, request) };
}

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
