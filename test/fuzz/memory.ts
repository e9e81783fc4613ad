/** What a thread holds, measured after a full collection; and whether that has grown. */
import { collectGarbage } from '../unit/expose-gc.js';

/** Bytes. */
export interface Memory {
  /** Of this thread: its heap, and its array buffers outside of it. */
  readonly heap: number;
  /** Of the process; each target has one. */
  readonly rss: number;
}

/** Not measured. */
export const NO_MEMORY: Memory = { heap: 0, rss: 0 };

const GROWTH_FACTOR = 1.2;
const GROWTH_BYTES = 16 * 1024 * 1024;
const RSS_SECONDS = 5;

export function measureMemory(): Memory {
  collectGarbage();
  collectGarbage(); // what finalizers of the first let go
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, rss };
}

/**
 * What has grown by more than a fifth and 16 MB, in words; null: nothing. Of the process that is said only
 * when `seconds` lie between: at first the collector takes what it will not need.
 */
export function grownBy(start: Memory, end: Memory, seconds: number): string | null {
  for (const what of seconds < RSS_SECONDS ? (['heap'] as const) : (['heap', 'rss'] as const)) {
    if (end[what] <= start[what] * GROWTH_FACTOR + GROWTH_BYTES) continue;
    return `growth: ${what} went from ${megabytes(start[what])} to ${megabytes(end[what])} MB`;
  }
  return null;
}

export function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
