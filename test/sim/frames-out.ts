/** What a TAP is given: the pieces of each frame of a batch put together, copied out of the arena. */
import type { Arena } from '../../src/core/arena.js';
import type { FrameBatch } from '../../src/core/frame-batch.js';
import { room } from './slab.js';

/** Each frame with its virtio-net header. */
export function framesOf(batch: FrameBatch, arena: Arena): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let i = 0; i < batch.count; i++) {
    const frame = room(batch.bytes[i]!);
    let at = 0;
    for (let piece = batch.firstPiece[i]!; piece < batch.firstPiece[i]! + batch.pieces[i]!; piece++) {
      const from = batch.pieceOffset[piece]!;
      frame.set(arena.bytes.subarray(from, from + batch.pieceLength[piece]!), at);
      at += batch.pieceLength[piece]!;
    }
    if (at !== frame.length) throw new Error(`a frame of ${frame.length} bytes has pieces of ${at}`);
    frames.push(frame);
  }
  return frames;
}
