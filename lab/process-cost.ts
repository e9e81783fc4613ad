/** What a running `sennitd` costs: CPU time by thread, and memory, as the kernel books them. */
import { readdirSync, readFileSync } from 'node:fs';

/** CPU time so far, milliseconds. */
export interface CpuTime {
  /** The lane thread, which carries frames and heartbeats. */
  lane: number;
  /** The main thread: configuration, shells, handshakes. */
  control: number;
  /** Threads of Node itself: collectors, compilers. */
  others: number;
}

/** Megabytes (10^6). */
export interface Memory {
  resident: number;
  /** Most that was ever resident. */
  peak: number;
  /** Resident, with shared pages (Node's own code) divided among the processes that have them. */
  proportional: number;
}

/** The lane gives itself this nice value: so it is known among the threads. */
const LANE_NICE = '-10';

/** Reads all threads of a process; /proc/PID/task/TID/schedstat counts nanoseconds where stat has ticks of 10 ms. */
export function cpuTime(pid: number): CpuTime {
  const time = { lane: 0, control: 0, others: 0 };
  for (const tid of readdirSync(`/proc/${pid}/task`)) {
    const ms = Number(readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'latin1').split(' ')[0]) / 1e6;
    if (Number(tid) === pid) time.control += ms;
    else if (niceOf(pid, tid) === LANE_NICE) time.lane += ms;
    else time.others += ms;
  }
  return time;
}

export function memory(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const shares = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
  return { resident: field(status, 'VmRSS'), peak: field(status, 'VmHWM'), proportional: field(shares, 'Pss') };
}

function field(text: string, name: string): number {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text);
  if (match === null) throw new Error(`the kernel does not tell ${name}`);
  return (Number(match[1]) * 1024) / 1e6;
}

function niceOf(pid: number, tid: string): string | undefined {
  const stat = readFileSync(`/proc/${pid}/task/${tid}/stat`, 'latin1');
  // Field 19 of proc(5), counted behind the name, which may hold spaces.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16];
}
