/**
 * Simulated time: what is to happen, earliest first; what is due at the same time happens in the order
 * in which it was put in. Time jumps from one event to the next.
 */
interface Event {
  readonly time: number;
  readonly order: number;
  readonly run: () => void;
}

/** Events without any progress in time after which the machines must be going round in circles. */
const TOO_MANY = 100_000;

export class Schedule {
  /** Milliseconds. Not zero at the start: nothing may take 0 for "never". */
  now = 1000;
  readonly #heap: Event[] = [];
  #order = 0;

  at(time: number, run: () => void): void {
    const event = { time: Math.max(time, this.now), order: this.#order++, run };
    const heap = this.#heap;
    let place = heap.length;
    heap.push(event);
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (!before(event, heap[above]!)) break;
      heap[place] = heap[above]!;
      place = above;
    }
    heap[place] = event;
  }

  after(delay: number, run: () => void): void {
    this.at(this.now + delay, run);
  }

  /** Lets `duration` milliseconds pass. */
  run(duration: number): void {
    const end = this.now + duration;
    let still = 0;
    for (let first = this.#heap[0]; first !== undefined && first.time <= end; first = this.#heap[0]) {
      this.#pop();
      still = first.time > this.now ? 0 : still + 1;
      if (still > TOO_MANY) throw new Error(`no end of events at ${this.now} ms`);
      this.now = first.time;
      first.run();
    }
    this.now = end;
  }

  clear(): void {
    this.#heap.length = 0;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let place = 0;
    for (let below = 1; below < heap.length; below = 2 * place + 1) {
      if (below + 1 < heap.length && before(heap[below + 1]!, heap[below]!)) below++;
      if (!before(heap[below]!, last)) break;
      heap[place] = heap[below]!;
      place = below;
    }
    heap[place] = last;
  }
}

function before(a: Event, b: Event): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}
