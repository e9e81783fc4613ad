/** Which work goes first on a core (sched(7)): what a thread asks of the kernel for itself. */
import { setScheduler, setThreadPriority, threadCpuTime } from './syscalls.js';

/** setrlimit(2): up to which priority a thread without CAP_SYS_NICE may be a real-time one. */
export const RLIMIT_RTPRIO = 14;
/** The lowest: every other real-time thread (corosync is at 99) goes before. */
export const REALTIME_PRIORITY = 1;

const SCHED_OTHER = 0;
const SCHED_RR = 2;
/** What the thread starts has the usual policy. */
const SCHED_RESET_ON_FORK = 0x4000_0000;

/** How the calling thread stands to others. */
export interface Thread {
  /** Makes it a real-time thread, which runs as soon as it can, or a usual one again. Whether the kernel agreed. */
  setRealtime(on: boolean): boolean;
  /** Processor time that it has had so far, milliseconds. */
  cpuMs(): number;
}

/** @param nice of the thread while it is a usual one, -20 to 19; less than now takes CAP_SYS_NICE */
export function callingThread(nice: number): Thread {
  setThreadPriority(nice); // refused without the capability, which does no harm
  return {
    setRealtime: (on) => {
      const policy = (on ? SCHED_RR : SCHED_OTHER) | SCHED_RESET_ON_FORK;
      return setScheduler(policy, on ? REALTIME_PRIORITY : 0) >= 0;
    },
    cpuMs: threadCpuTime,
  };
}
