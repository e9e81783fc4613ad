/**
 * What the process gives up: at its start, and when it becomes another user. Capabilities are
 * `capabilities.ts`'s affair.
 */
import type { Account } from './account.js';
import { limitCapabilities } from './capabilities.js';
import { REALTIME_PRIORITY, RLIMIT_RTPRIO } from './scheduling.js';
import { execve, fcntl, prctl, setrlimit } from './syscalls.js';

const F_SETFD = 2;
const RLIMIT_CORE = 4;
const PR_SET_DUMPABLE = 4;
const PR_SET_NO_NEW_PRIVS = 38;
const PR_GET_NO_NEW_PRIVS = 39;

/**
 * No core dump, no debugger of the same user (keys lie in memory), no privilege ever gained by starting a program,
 * and no capability beyond `needed`.
 *
 * The last two are of each thread by itself, and Node has made threads before the first line of a program runs. So
 * where they change anything, the program is started anew in this process, and all its threads begin with them.
 * @param needed the most that may be kept, as a set of bits
 */
export function confine(needed: number): void {
  setrlimit(RLIMIT_CORE, 0);
  // Its lane is a real-time thread at times, and has no capability for that when the process is another user's.
  setrlimit(RLIMIT_RTPRIO, REALTIME_PRIORITY);
  const limited = limitCapabilities(needed);
  const had = prctl(PR_GET_NO_NEW_PRIVS);
  const changed = prctl(PR_SET_NO_NEW_PRIVS, 1) >= 0 && had === 0;
  if (limited || changed) {
    const { execPath, execArgv, argv, env } = process;
    const environment = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    // Node has marked them to be closed.
    for (const stream of [0, 1, 2]) fcntl(stream, F_SETFD, 0);
    execve(execPath, [execPath, ...execArgv, ...argv.slice(1)], environment);
    // That failed: the main thread, and those that it makes from now on, are confined at least.
  }
  undumpable();
}

/** The kernel sets this anew at each change of the user. */
function undumpable(): void {
  prctl(PR_SET_DUMPABLE, 0);
}

/** Whether this process may become the account: as root, or because it is it. */
export function mayBecome({ uid, gid }: Account): boolean {
  return process.geteuid?.() === 0 || (process.geteuid?.() === uid && process.getegid?.() === gid);
}

/**
 * Makes the process, all of its threads, run as the account with its groups, for good. A thread loses its
 * capabilities, but those that it asked to keep (`keepCapabilities`).
 * @throws Error when the kernel refuses
 */
export function become({ name, uid, gid }: Account): void {
  if (process.geteuid?.() === 0) {
    if (name === null) process.setgroups?.([]);
    else (process as unknown as { initgroups(user: string, group: number): void }).initgroups(name, gid);
    process.setgid?.(gid);
    process.setuid?.(uid);
  }
  undumpable();
}
