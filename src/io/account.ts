/** Users and groups of the host. */
import { userInfo } from 'node:os';
import { groupId, passwordEntry } from './syscalls.js';

export interface Account {
  /** Null for a number that belongs to no user of the host. */
  readonly name: string | null;
  readonly uid: number;
  readonly gid: number;
}

/** The largest id; the one above it means "no change" to the kernel. */
const MOST_ID = 0xffff_fffe;

/**
 * Finds `USER` or `USER:GROUP`, names or numbers. Without a group it is the user's own.
 * @throws Error that says what is wrong
 */
export function findAccount(text: string): Account {
  const [user = '', group, ...more] = text.split(':');
  if (user === '' || group === '' || more.length > 0) throw new Error(`'${text}' is neither USER nor USER:GROUP`);
  const number = numberOf(user);
  const entry = passwordEntry(number ?? user);
  if (entry === null && number === null) throw new Error(`there is no user '${user}' on this host`);
  const gid = group === undefined ? entry?.gid : (numberOf(group) ?? groupId(group));
  if (gid === null) throw new Error(`there is no group '${group}' on this host`);
  if (gid === undefined)
    throw new Error(`no user of this host has the number ${user}: give a group too, ${user}:GROUP`);
  return { name: entry?.name ?? null, uid: entry?.uid ?? (number as number), gid };
}

function numberOf(text: string): number | null {
  return /^\d{1,10}$/.test(text) && Number(text) <= MOST_ID ? Number(text) : null;
}

/** Name of a user, or its number where it has none. */
export function nameOfUser(uid: number): string {
  return passwordEntry(uid)?.name ?? String(uid);
}

/** Name of the user that this process runs as, or its number where it has none: for messages. */
export function runsAs(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.geteuid?.()}`;
  }
}
