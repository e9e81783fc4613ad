/** The shell's end of the control socket. */
import type { Socket } from 'node:net';
import { connect as connectSocket } from 'node:net';
import { LineSplitter } from './line-splitter.js';
import type { Method, Methods, Notice, Response } from './messages.js';
import { MAX_REQUEST_BYTES } from './messages.js';

/** The daemon can't be reached, or went away: the message says what to do. */
export class ControlError extends Error {}

/** The daemon ended the connection on purpose, and would end another one: the message says why. */
export class Dismissed extends ControlError {}

/** Bounds what a broken daemon can make a shell hold: far above the largest answer. */
const MAX_RESPONSE_BYTES = 256 * 1024 * 1024;

interface Waiting {
  resolve(result: never): void;
  reject(error: Error): void;
}

export class ControlClient {
  readonly #socket: Socket;
  readonly #path: string;
  readonly #waiting = new Map<number, Waiting>();
  readonly #splitter = new LineSplitter(MAX_RESPONSE_BYTES);
  #nextId = 1;
  #closed: Error | null = null;
  /** Called once when the daemon ends the connection, with what every call is refused with from then on. */
  onClose: (error: Error) => void = () => undefined;
  /** Called with what the daemon tells without being asked. */
  onNotice: (notice: Notice) => void = () => undefined;

  private constructor(socket: Socket, path: string) {
    this.#socket = socket;
    this.#path = path;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () =>
      this.#fail(new ControlError(`the daemon on ${path} closed the connection: is it still running?`)),
    );
  }

  /** @throws ControlError when nobody answers there */
  static connect(path: string): Promise<ControlClient> {
    return new Promise((resolve, reject) => {
      const socket = connectSocket(path);
      const refuse = (error: NodeJS.ErrnoException): void => reject(new ControlError(unreachable(path, error)));
      socket.once('error', refuse);
      socket.once('connect', () => {
        socket.off('error', refuse);
        resolve(new ControlClient(socket, path));
      });
    });
  }

  /**
   * Asks the daemon.
   * @throws ControlError when the connection is lost, or the daemon does not understand
   */
  call<M extends Method>(method: M, line = ''): Promise<Methods[M]> {
    if (this.#closed !== null) return Promise.reject(this.#closed);
    const id = this.#nextId++;
    const request = `${JSON.stringify({ id, method, line })}\n`;
    if (Buffer.byteLength(request) > MAX_REQUEST_BYTES) return Promise.reject(new LineTooLong());
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    const lines = this.#splitter.push(chunk);
    if (lines === null) this.#socket.destroy();
    for (const line of lines ?? []) this.#settle(line);
  }

  #settle(line: string): void {
    let response: Response | Notice;
    try {
      response = JSON.parse(line) as Response | Notice;
    } catch {
      this.#fail(new ControlError(`what answers on ${this.#path} is not a Sennit daemon: check --socket`));
      this.#socket.destroy();
      return;
    }
    if ('notice' in response) {
      if (response.notice === 'bye') this.#fail(new Dismissed(`the daemon ended the connection: ${response.reason}`));
      else this.onNotice(response);
      return;
    }
    const waiting = response.id === null ? undefined : this.#waiting.get(response.id);
    if (waiting === undefined || response.id === null) return;
    this.#waiting.delete(response.id);
    if ('error' in response) waiting.reject(new ControlError(`the daemon did not understand: ${response.error}`));
    else waiting.resolve(response.result as never);
  }

  #fail(error: Error): void {
    if (this.#closed !== null) return;
    this.#closed = error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    this.onClose(error);
  }
}

/** A line that no daemon would take. */
export class LineTooLong extends Error {
  constructor() {
    super(`the line is longer than ${MAX_REQUEST_BYTES / 1024} KiB`);
  }
}

function unreachable(path: string, { code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'ENOENT':
    case 'ECONNREFUSED':
      return `no daemon answers on ${path}: start sennitd, or name its socket with --socket or SENNIT_SOCKET`;
    case 'EACCES':
    case 'EPERM':
      return `may not open ${path}: run as root, or join the group that owns it`;
    default:
      return `can't reach the daemon on ${path}: ${message}`;
  }
}
