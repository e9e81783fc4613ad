/** Copies of bytes out of large blocks: a thousand small arrays with memory of their own cost the collector dearly. */
const BLOCK = 1 << 20;

let block = new Uint8Array(BLOCK);
let top = 0;

/** Fresh memory; not cleared. */
export function room(length: number): Uint8Array {
  if (top + length > BLOCK) {
    block = new Uint8Array(Math.max(BLOCK, length));
    top = 0;
  }
  const bytes = block.subarray(top, top + length);
  top += length;
  return bytes;
}

/** The bytes from `start` to `end`. */
export function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const copy = room(end - start);
  // A loop is faster than a call of `set` for the small ones.
  if (end - start > 200) copy.set(bytes.subarray(start, end));
  else for (let i = start; i < end; i++) copy[i - start] = bytes[i]!;
  return copy;
}
