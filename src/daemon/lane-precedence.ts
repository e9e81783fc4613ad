/**
 * When the lane is a real-time thread, which goes before all usual work of the machine: as long as it leaves its core a
 * fifth of the time.
 *
 * A usual thread, even one at nice -10, waited up to 20 ms behind others, and links looked silent that were not.
 * But a real-time thread that never pauses starves the rest, and the kernel stops it for 50 ms of each second
 * (sched_rt_runtime_us, sched-rt-group.rst). A lane that has that much to carry is a usual thread for a while.
 */
import type { Thread } from '../io/scheduling.js';

/**
 * Between two looks at what it takes, milliseconds. A burst, such as what is sent again after a cut, does not fill it; and
 * a lane that begins to take all takes 900 ms of a second at most (the end of one window, all of the next), below the
 * kernel's 950.
 */
const WINDOW = 500;
/** A real-time lane takes no more of its core than this. */
const MOST = 0.8;

export class LanePrecedence {
  /** When it is to be reviewed. */
  nextAt: number;
  #realtime = false;
  #lastAt: number;
  #lastCpu: number;

  constructor(
    private readonly thread: Thread,
    now: number,
  ) {
    this.#lastAt = now;
    this.#lastCpu = thread.cpuMs();
    this.nextAt = now + WINDOW;
    this.#become(true);
  }

  /** Holds what the lane took since the last time against what it may take. */
  review(now: number): void {
    const cpu = this.thread.cpuMs();
    const isModest = cpu - this.#lastCpu <= MOST * (now - this.#lastAt);
    this.#lastCpu = cpu;
    this.#lastAt = now;
    this.nextAt = now + WINDOW;
    if (isModest !== this.#realtime) this.#become(isModest);
  }

  /** Without the right to it, it is not asked for again. */
  #become(realtime: boolean): void {
    if (this.thread.setRealtime(realtime)) this.#realtime = realtime;
    else this.nextAt = Number.POSITIVE_INFINITY;
  }
}
