/** A numbered stream of frames from one host to another, and what became of it. */
import type { Host } from './host.js';
import type { SentFrame } from './ledger.js';
import type { Sim } from './sim.js';

export interface StreamOptions {
  /** Milliseconds from frame to frame. */
  every?: number;
  /** Bytes of each frame. */
  size?: number;
  /** Told before each frame is sent. */
  before?: () => void;
}

export class Stream {
  readonly frames: SentFrame[] = [];
  /** Milliseconds from frame to frame. */
  readonly every: number;
  #stopped = false;

  constructor(
    private readonly sim: Sim,
    private readonly from: Host,
    private readonly to: Host,
    options: StreamOptions,
  ) {
    const { every = 1, size = 100, before } = options;
    this.every = every;
    const tick = (): void => {
      if (this.#stopped) return;
      before?.();
      this.frames.push(sim.send(from, to, size));
      sim.after(every, tick);
    };
    tick();
  }

  /** Sends no more, and waits until what is on its way has come. */
  finish(wait = 1000): this {
    this.stop();
    this.sim.run(wait);
    return this;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Frames that never came. */
  get lost(): SentFrame[] {
    return this.frames.filter((frame) => !frame.arrivals.has(this.to.id));
  }

  /** Times of arrival, in order of time. */
  get arrivals(): number[] {
    return this.frames.flatMap((frame) => frame.arrivals.get(this.to.id) ?? []).sort((a, b) => a - b);
  }

  /** Frames that came after one that was sent later. */
  get overtaken(): number {
    let latest = Number.NEGATIVE_INFINITY;
    let count = 0;
    for (const frame of this.frames) {
      const at = frame.arrivals.get(this.to.id);
      if (at === undefined) continue;
      if (at < latest) count++;
      latest = Math.max(latest, at);
    }
    return count;
  }

  /** Longest time without an arrival from `since` on, until the last frame was sent, or `until`. */
  longestGap(since: number, until = Number.POSITIVE_INFINITY): number {
    let before = since;
    let gap = 0;
    for (const arrival of [...this.arrivals, this.frames.at(-1)?.at ?? since]) {
      const time = Math.min(arrival, until);
      if (time < since) continue;
      gap = Math.max(gap, time - before);
      before = time;
    }
    return gap;
  }

  /** For messages: how much of it got through. */
  toString(): string {
    const { lost, frames } = this;
    return `${this.from.id} to ${this.to.id}: ${lost.length} of ${frames.length} lost`;
  }
}
