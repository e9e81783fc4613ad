/**
 * Memory of the data path: one block, made once, in which everything has its offset. The core only
 * knows offsets; the I/O side also knows at which address the block lies.
 */
export interface Arena {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

export function arenaOver(buffer: ArrayBuffer): Arena {
  return { bytes: new Uint8Array(buffer), view: new DataView(buffer) };
}
