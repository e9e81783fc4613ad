/**
 * Capabilities of threads (capabilities(7), linux/capability.h). The kernel keeps them for each thread by
 * itself, and so does this file: every thread has its own copy of it.
 *
 * A thread that holds capabilities has none of them in effect, but between `raise` and `lower`. One that
 * was never told to hold any works with what it was started with.
 */
import { arena, capget, capset, prctl } from './syscalls.js';

export const CAP_CHOWN = 0;
export const CAP_DAC_OVERRIDE = 1;
export const CAP_FOWNER = 3;
export const CAP_SETGID = 6;
export const CAP_SETUID = 7;
export const CAP_SETPCAP = 8;
export const CAP_NET_BIND_SERVICE = 10;
export const CAP_NET_ADMIN = 12;
export const CAP_NET_RAW = 13;
export const CAP_SYS_NICE = 23;

const PR_SET_KEEPCAPS = 8;
const PR_CAPBSET_READ = 23;
const PR_CAPBSET_DROP = 24;
const PR_CAP_AMBIENT = 47;
const PR_CAP_AMBIENT_CLEAR_ALL = 4;

const VERSION_3 = 0x20080522;
/** More than the kernel has; it says which is the last. */
const MOST = 64;

/** struct __user_cap_header_struct, then two of __user_cap_data_struct: effective, permitted, inheritable. */
const memory = arena(32);
const DATA = 8;

/** What the thread may raise. */
let held = 0;
/** How many `raise` are open. */
let depth = 0;

/** Capabilities as a set of bits; those that Sennit knows are below 32. */
export function setOf(...capabilities: number[]): number {
  return capabilities.reduce((set, capability) => set | (1 << capability), 0);
}

function permitted(): number {
  memory.view.setUint32(0, VERSION_3, true);
  memory.view.setUint32(4, 0, true);
  return capget(memory.address, memory.address + DATA) < 0 ? 0 : memory.view.getInt32(DATA + 4, true);
}

/** Sets what is in effect and what is permitted; nothing is inheritable. 0 or the negative errno. */
function assign(effective: number, set: number): number {
  memory.bytes.fill(0, 0, 32);
  memory.view.setUint32(0, VERSION_3, true);
  memory.view.setInt32(DATA, effective, true);
  memory.view.setInt32(DATA + 4, set, true);
  return capset(memory.address, memory.address + DATA);
}

/** The thread will keep its permitted capabilities when the process changes its user. */
export function keepCapabilities(): void {
  prctl(PR_SET_KEEPCAPS, 1);
}

/**
 * From now on the thread holds those of `set` that it is permitted, and no other; what it starts can't have more.
 * @throws Error when the kernel refuses
 */
export function holdCapabilities(set: number): void {
  // Lowering the bounding set needs CAP_SETPCAP in effect; without it, no_new_privs alone has to do.
  assign(permitted(), permitted());
  limitCapabilities(set);
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL);
  const left = set & permitted();
  const r = assign(0, left);
  if (r < 0) throw new Error(`cannot give up capabilities: errno ${-r}`);
  held = left;
}

/**
 * Takes all but `set` out of what the thread, and programs that it starts, can ever get.
 * @returns whether that changed anything
 */
export function limitCapabilities(set: number): boolean {
  let changed = false;
  for (let capability = 0; capability < MOST; capability++) {
    const has = prctl(PR_CAPBSET_READ, capability);
    if (has < 0) break;
    const wanted = capability < 32 && (set & (1 << capability)) !== 0;
    if (has === 1 && !wanted && prctl(PR_CAPBSET_DROP, capability) >= 0) changed = true;
  }
  return changed;
}

/** Puts what the thread holds into effect, until as many `lower` have followed. */
export function raise(): void {
  if (depth++ === 0 && held !== 0) assign(held, held);
}

/** The end of a `raise`. */
export function lower(): void {
  if (--depth === 0 && held !== 0) assign(0, held);
}

/** Does `use` with what the thread holds in effect. */
export function raised<T>(use: () => T): T {
  raise();
  try {
    return use();
  } finally {
    lower();
  }
}
