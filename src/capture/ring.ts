/**
 * What a capture has taken, on its way from the lane to control: one writer, one reader, one block of shared
 * memory. The writer never waits: what finds no room is dropped and counted.
 *
 *     0 written u32   4 read u32   8 dropped u32   12 zero   16 records …
 *
 * Positions count bytes modulo 2^32; the ring's size is a power of two. A record begins with its length u32, a
 * multiple of 8, and lies in one piece: what is left at the ring's end and too short is a gap, marked by GAP.
 */

const WRITTEN = 0;
const READ = 1;
const DROPPED = 2;
const HEAD = 16;
const GAP = 0x8000_0000;

/** Shared memory for a ring of `size` bytes, a power of two. */
export function ringMemory(size: number): SharedArrayBuffer {
  return new SharedArrayBuffer(HEAD + size);
}

class Ring {
  protected readonly state: Int32Array;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  protected readonly size: number;

  constructor(memory: SharedArrayBuffer) {
    this.state = new Int32Array(memory, 0, HEAD / 4);
    this.size = memory.byteLength - HEAD;
    this.bytes = new Uint8Array(memory, HEAD);
    this.view = new DataView(memory, HEAD);
  }

  /** Records that found no room, modulo 2^32. */
  get dropped(): number {
    return Atomics.load(this.state, DROPPED) >>> 0;
  }
}

export class RingWriter extends Ring {
  private next = 0;

  /**
   * Room for a record of `length` bytes: its offset in `bytes`, where its length is written already, or -1 when there
   * is none. The reader sees it after `commit`.
   */
  place(length: number): number {
    const padded = (length + 7) & ~7;
    const written = Atomics.load(this.state, WRITTEN);
    const free = this.size - ((written - Atomics.load(this.state, READ)) >>> 0);
    const at = written & (this.size - 1);
    const gap = this.size - at < padded ? this.size - at : 0;
    if (gap + padded > free) {
      Atomics.add(this.state, DROPPED, 1);
      return -1;
    }
    if (gap > 0) this.view.setUint32(at, GAP | gap, true);
    const offset = gap > 0 ? 0 : at;
    this.view.setUint32(offset, padded, true);
    this.next = (written + gap + padded) | 0;
    return offset;
  }

  /** The record that was placed last is complete. */
  commit(): void {
    Atomics.store(this.state, WRITTEN, this.next);
  }
}

export class RingReader extends Ring {
  /** Offset of the oldest record, or -1 when there is none. */
  peek(): number {
    for (;;) {
      const read = Atomics.load(this.state, READ);
      if (read === Atomics.load(this.state, WRITTEN)) return -1;
      const at = read & (this.size - 1);
      const length = this.view.getUint32(at, true);
      if ((length & GAP) === 0) return at;
      Atomics.store(this.state, READ, (read + (length & ~GAP)) | 0);
    }
  }

  /** Gives the oldest record's room back. */
  release(): void {
    const read = Atomics.load(this.state, READ);
    const length = this.view.getUint32(read & (this.size - 1), true);
    Atomics.store(this.state, READ, (read + length) | 0);
  }
}
