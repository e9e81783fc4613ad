/**
 * Who is at the other end of the control socket, and what they may do. The kernel tells who connected
 * (SO_PEERCRED, SO_PEERGROUPS; unix(7), linux/socket.h); the socket file's permissions have let them in.
 */
import type { Socket } from 'node:net';
import type { Role } from '../cli/grammar/privilege.js';
import { getsockopt, groupId } from '../io/syscalls.js';

/** Who may open the control socket, and who of them may change things. */
const GROUP = 'sennit';
const ADMIN_GROUP = 'sennit-admin';

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
const SO_PEERGROUPS = 59;

/** Numbers of the two groups; null where the host has no such group. */
export interface ControlGroups {
  /** Owns the socket file. */
  readonly all: number | null;
  readonly admins: number | null;
}

/** The groups of this host. */
export function controlGroups(): ControlGroups {
  return { all: groupId(GROUP), admins: groupId(ADMIN_GROUP) };
}

/** The process that connected, as it was then. */
export interface Caller {
  readonly pid: number;
  readonly uid: number;
  /** Its primary group and the others. */
  readonly groups: readonly number[];
}

/** Who is at the other end; null when the kernel does not tell. */
export function callerOf(socket: Socket): Caller | null {
  const fd = (socket as unknown as { _handle?: { fd?: unknown } | null })._handle?.fd;
  if (typeof fd !== 'number' || fd < 0) return null;
  const credentials = getsockopt(fd, SOL_SOCKET, SO_PEERCRED);
  if (typeof credentials === 'number' || credentials.length !== 12) return null;
  const [pid, uid, gid] = words(credentials) as [number, number, number];
  // Who is in more groups than fit is known by the primary one only.
  const others = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS);
  return { pid, uid, groups: [gid, ...(typeof others === 'number' ? [] : words(others))] };
}

function words(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length >> 2 }, (_, i) => view.getUint32(i * 4, true));
}

/** Root, the daemon's own user and the group of admins may do everything; who is not known may look. */
export function roleOf(caller: Caller | null, admins: number | null): Role {
  if (caller === null) return 'reader';
  if (caller.uid === 0 || caller.uid === process.geteuid?.()) return 'admin';
  return admins !== null && caller.groups.includes(admins) ? 'admin' : 'reader';
}
