/**
 * Frames on their way to the TAP: for each a row of pieces (struct iovec in spirit). The first piece
 * begins with the virtio-net header; further pieces are payload that was joined to it without being
 * copied. The I/O side writes each frame with one writev.
 */

export const MAX_FRAMES = 1024;
const MAX_PIECES = 4096;
/** Pieces of one frame: what one writev takes (UIO_MAXIOV is 1024). */
export const MAX_FRAME_PIECES = 64;

export class FrameBatch {
  readonly pieceOffset = new Int32Array(MAX_PIECES);
  readonly pieceLength = new Int32Array(MAX_PIECES);
  /** First piece of each frame, and how many it has. */
  readonly firstPiece = new Int32Array(MAX_FRAMES);
  readonly pieces = new Int32Array(MAX_FRAMES);
  /** Bytes of each frame with its virtio-net header. */
  readonly bytes = new Int32Array(MAX_FRAMES);
  count = 0;
  private pieceCount = 0;

  // HOT PATH
  hasRoom(): boolean {
    return this.count < MAX_FRAMES && this.pieceCount < MAX_PIECES;
  }

  /** Begins a frame with its first piece. */
  // HOT PATH
  begin(offset: number, length: number): void {
    const frame = this.count++;
    this.firstPiece[frame] = this.pieceCount;
    this.pieces[frame] = 0;
    this.bytes[frame] = 0;
    this.extend(offset, length);
  }

  /** Adds a piece to the last frame. */
  // HOT PATH
  extend(offset: number, length: number): void {
    const piece = this.pieceCount++;
    this.pieceOffset[piece] = offset;
    this.pieceLength[piece] = length;
    this.pieces[this.count - 1]! += 1;
    this.bytes[this.count - 1]! += length;
  }

  reset(): void {
    this.count = 0;
    this.pieceCount = 0;
  }
}
