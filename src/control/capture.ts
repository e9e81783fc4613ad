/** What the command line asks of a daemon to capture packets, and what it gets: plain data, piece by piece. */

/** Most captures at once, of all shells. */
export const MOST_CAPTURES = 4;
/** Most bytes of a packet that are kept where nothing else is said: all of the largest frame. */
export const DEFAULT_SNAP_LENGTH = 262_144;

export interface CaptureOptions {
  /** Outer datagrams of these links, or (empty) inner frames of the interface. */
  readonly links: readonly number[];
  readonly peer: string | null;
  /** Ends after so many packets, or seconds; null: when it is told to. */
  readonly count: number | null;
  readonly seconds: number | null;
  /** Most bytes of a packet that are kept. */
  readonly snapLength: number;
  /** A file, or a line of text for each packet. */
  readonly form: 'pcapng' | 'text';
}

/** Why a capture ended. */
export type CaptureEnd = 'count' | 'seconds' | 'stopped' | 'changed' | 'closing';

export interface CaptureResult {
  /** Packets that were written, and that were not since the ring was full. */
  readonly packets: number;
  readonly dropped: number;
  readonly end: CaptureEnd;
}

export interface Capture {
  /** What has come since, at most some hundred KiB; empty when nothing came for a while; null: it has ended. */
  next(): Promise<Uint8Array | null>;
  /** Takes nothing more; `next` gives what is left and the file's end. */
  stop(): void;
  /** After `next` gave null. */
  result(): CaptureResult;
}
