/** How long threads of a daemon were ready to run and were not let: what a busy machine does to it, by the kernel's count. */
import { readdirSync, readFileSync } from 'node:fs';

const SAMPLE_MS = 5;
/** Of `nice` in /proc/PID/task/TID/stat, behind the name in parentheses (proc(5)). */
const NICE = 16;

export class StarvationWatch {
  readonly #files: string[];
  readonly #waited: number[];
  readonly #timer: NodeJS.Timeout;
  #longest = 0;

  /** Watches the lanes of these daemons: the threads that are nicer to themselves than the process is. */
  constructor(pids: readonly number[]) {
    this.#files = pids.flatMap(laneThreads).map((task) => `${task}/schedstat`);
    this.#waited = this.#files.map(waitedMs);
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
  }

  /** Ends it; the longest wait of any of them in milliseconds: short ones within one sample are added up. */
  stop(): number {
    clearInterval(this.#timer);
    this.#sample();
    return this.#longest;
  }

  #sample(): void {
    for (const [i, file] of this.#files.entries()) {
      const waited = waitedMs(file);
      this.#longest = Math.max(this.#longest, waited - (this.#waited[i] ?? waited));
      this.#waited[i] = waited;
    }
  }
}

function laneThreads(pid: number): string[] {
  const tasks = readdirSync(`/proc/${pid}/task`).map((task) => `/proc/${pid}/task/${task}`);
  return tasks.filter((task) => {
    const fields = readFileSync(`${task}/stat`, 'latin1').split(') ')[1]?.split(' ');
    return Number(fields?.[NICE]) < 0;
  });
}

/** Time on a run queue since the thread began: the second number of schedstat, nanoseconds (sched-stats.rst). 0: no such file. */
function waitedMs(file: string): number {
  try {
    return Number(readFileSync(file, 'latin1').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}
