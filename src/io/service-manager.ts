/**
 * What systemd is told of the daemon: sd_notify(3), datagrams with lines `NAME=value` to the socket that
 * NOTIFY_SOCKET names.
 */
import { arena, sendto, socket } from './syscalls.js';

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
/** sun_path in unix(7). */
const MAX_PATH = 108;
/** Bytes of a message: a status of one line is far shorter. */
const MAX_MESSAGE = 2048;

export class ServiceManager {
  readonly #memory = arena(MAX_MESSAGE + 2 + MAX_PATH);
  readonly #fd: number;
  readonly #addressLength: number;

  /** @param path of its socket; one that begins with `@` is abstract */
  constructor(path: string) {
    const bytes = new TextEncoder().encode(path);
    const { view } = this.#memory;
    view.setUint16(MAX_MESSAGE, AF_UNIX, true);
    this.#memory.bytes.set(bytes.subarray(0, MAX_PATH), MAX_MESSAGE + 2);
    if (path.startsWith('@')) this.#memory.bytes[MAX_MESSAGE + 2] = 0;
    this.#addressLength = 2 + Math.min(bytes.length, MAX_PATH);
    this.#fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  }

  /** Tells it; that nobody listens is no error. @param text lines `NAME=value` */
  tell(text: string): void {
    const { written } = new TextEncoder().encodeInto(text, this.#memory.bytes.subarray(0, MAX_MESSAGE));
    const { address } = this.#memory;
    sendto(this.#fd, address, written, 0, address + MAX_MESSAGE, this.#addressLength);
  }
}
