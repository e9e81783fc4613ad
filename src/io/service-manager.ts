/**
 * What systemd is told of the daemon, and keeps for it: sd_notify(3), datagrams with lines `NAME=value` to the socket
 * that NOTIFY_SOCKET names; and sd_listen_fds(3), the descriptors that it gives back at the next start.
 */
import { arena, putPointer, sendmmsg, sendto, socket } from './syscalls.js';

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
/** sun_path in unix(7). */
const MAX_PATH = 108;
/** Bytes of a message: a status of one line is far shorter. */
const MAX_MESSAGE = 2048;
/** The first descriptor that is given, SD_LISTEN_FDS_START. */
const FIRST_GIVEN = 3;
/** Descriptors that are looked at; we ask for one to be kept. */
const MOST_GIVEN = 16;

// Behind the message: the address, struct mmsghdr, struct iovec, and a cmsghdr with one descriptor.
const ADDRESS_AT = MAX_MESSAGE;
const HEADER_AT = ADDRESS_AT + 128;
const VECTOR_AT = HEADER_AT + 64;
const CONTROL_AT = VECTOR_AT + 16;
const CONTROL_LENGTH = 20;
const CONTROL_SPACE = 24;

export class ServiceManager {
  readonly #memory = arena(CONTROL_AT + CONTROL_SPACE);
  readonly #fd: number;
  readonly #addressLength: number;

  /** @param path of its socket; one that begins with `@` is abstract */
  constructor(path: string) {
    const bytes = new TextEncoder().encode(path);
    const { view } = this.#memory;
    view.setUint16(ADDRESS_AT, AF_UNIX, true);
    this.#memory.bytes.set(bytes.subarray(0, MAX_PATH), ADDRESS_AT + 2);
    if (path.startsWith('@')) this.#memory.bytes[ADDRESS_AT + 2] = 0;
    this.#addressLength = 2 + Math.min(bytes.length, MAX_PATH);
    this.#fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  }

  /** Tells it; that nobody listens is no error. @param text lines `NAME=value` */
  tell(text: string): void {
    const { address } = this.#memory;
    sendto(this.#fd, address, this.#put(text), 0, address + ADDRESS_AT, this.#addressLength);
  }

  /** Has it hold a descriptor until the next start, where the service allows that (FileDescriptorStoreMax). */
  keep(name: string, fd: number): void {
    const { view, address } = this.#memory;
    const length = this.#put(`FDSTORE=1\nFDNAME=${name}`);
    putPointer(view, HEADER_AT, address + ADDRESS_AT);
    view.setUint32(HEADER_AT + 8, this.#addressLength, true);
    putPointer(view, HEADER_AT + 16, address + VECTOR_AT);
    view.setUint32(HEADER_AT + 24, 1, true);
    putPointer(view, HEADER_AT + 32, address + CONTROL_AT);
    view.setUint32(HEADER_AT + 40, CONTROL_SPACE, true);
    putPointer(view, VECTOR_AT, address);
    view.setUint32(VECTOR_AT + 8, length, true);
    view.setUint32(CONTROL_AT, CONTROL_LENGTH, true);
    view.setInt32(CONTROL_AT + 8, SOL_SOCKET, true);
    view.setInt32(CONTROL_AT + 12, SCM_RIGHTS, true);
    view.setInt32(CONTROL_AT + 16, fd, true);
    sendmmsg(this.#fd, address + HEADER_AT, 1, 0);
  }

  /** What it holds under a name is let go. */
  release(name: string): void {
    this.tell(`FDSTOREREMOVE=1\nFDNAME=${name}`);
  }

  #put(text: string): number {
    return new TextEncoder().encodeInto(text, this.#memory.bytes.subarray(0, MAX_MESSAGE)).written;
  }
}

/** The service manager that the environment names; null: there is none. */
export function serviceManager(environment: NodeJS.ProcessEnv): ServiceManager | null {
  const path = environment.NOTIFY_SOCKET;
  return path === undefined || path === '' ? null : new ServiceManager(path);
}

/** Descriptors of this name that the service manager gave this process at its start. */
export function givenDescriptors(name: string, environment: NodeJS.ProcessEnv, pid = process.pid): number[] {
  if (Number(environment.LISTEN_PID) !== pid) return [];
  const count = Math.min(MOST_GIVEN, Number(environment.LISTEN_FDS) || 0);
  const names = (environment.LISTEN_FDNAMES ?? '').split(':');
  return Array.from({ length: count }, (_, i) => FIRST_GIVEN + i).filter((_, i) => names[i] === name);
}
