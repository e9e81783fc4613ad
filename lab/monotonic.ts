/** `performance.now` counts from the start of each process. */
const START = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** Milliseconds on the machine's monotonic clock, which all its processes share. */
export function monotonicMs(): number {
  return START + performance.now();
}
