/**
 * Deadlines by id, earliest first: an indexed binary heap on typed arrays, so that a deadline is set,
 * moved and cleared in O(log n) without a callback or an allocation. Ids are 0..capacity-1, times are
 * milliseconds (floats). Bounded by its capacity: an id has at most one deadline. Equal times come out
 * in no particular order.
 */
export class Deadlines {
  /** Time of each id; Infinity when it has none. */
  private readonly times: Float64Array;
  /** Ids in heap order. */
  private readonly heap: Int32Array;
  /** Place of each id in the heap, or -1. */
  private readonly places: Int32Array;
  private count = 0;

  constructor(capacity: number) {
    this.times = new Float64Array(capacity).fill(Number.POSITIVE_INFINITY);
    this.heap = new Int32Array(capacity);
    this.places = new Int32Array(capacity).fill(-1);
  }

  /** Ids that have a deadline. */
  get size(): number {
    return this.count;
  }

  /** Sets or moves the deadline of `id`. Infinity clears it. */
  // HOT PATH
  set(id: number, time: number): void {
    if (time === Number.POSITIVE_INFINITY) {
      this.clear(id);
      return;
    }
    let place = this.places[id]!;
    const earlier = place < 0 || time < this.times[id]!;
    if (place < 0) place = this.count++;
    this.times[id] = time;
    if (earlier) this.rise(id, place);
    else this.sink(id, place);
  }

  /** Takes away the deadline of `id`, if it has one. */
  // HOT PATH
  clear(id: number): void {
    const place = this.places[id]!;
    if (place < 0) return;
    this.places[id] = -1;
    this.times[id] = Number.POSITIVE_INFINITY;
    const last = this.heap[--this.count]!;
    if (last === id) return;
    // The last one fills the gap; which way it has to go from there depends on the gap's surroundings.
    if (place > 0 && this.times[last]! < this.times[this.heap[(place - 1) >> 1]!]!) this.rise(last, place);
    else this.sink(last, place);
  }

  /** Deadline of `id`, Infinity when it has none. */
  // HOT PATH
  get(id: number): number {
    return this.times[id]!;
  }

  /** The earliest deadline, or Infinity. */
  // HOT PATH
  next(): number {
    return this.count === 0 ? Number.POSITIVE_INFINITY : this.times[this.heap[0]!]!;
  }

  /** Removes the earliest deadline that is not after `now` and returns its id, or -1. */
  // HOT PATH
  pop(now: number): number {
    if (this.count === 0) return -1;
    const id = this.heap[0]!;
    if (this.times[id]! > now) return -1;
    this.clear(id);
    return id;
  }

  // HOT PATH
  private rise(id: number, from: number): void {
    const time = this.times[id]!;
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const other = this.heap[above]!;
      if (this.times[other]! <= time) break;
      this.heap[place] = other;
      this.places[other] = place;
      place = above;
    }
    this.heap[place] = id;
    this.places[id] = place;
  }

  // HOT PATH
  private sink(id: number, from: number): void {
    const time = this.times[id]!;
    let place = from;
    for (let below = 2 * place + 1; below < this.count; below = 2 * place + 1) {
      if (below + 1 < this.count && this.times[this.heap[below + 1]!]! < this.times[this.heap[below]!]!) below++;
      const other = this.heap[below]!;
      if (this.times[other]! >= time) break;
      this.heap[place] = other;
      this.places[other] = place;
      place = below;
    }
    this.heap[place] = id;
    this.places[id] = place;
  }
}
