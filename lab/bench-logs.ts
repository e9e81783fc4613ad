/** What the daemons under measurement print; those of Sennit run with Node's `--trace-gc`. */

/** `[PID:ISOLATE]   MILLISECONDS ms: Scavenge …`, one line for each collection; a scavenge is a minor one. */
const COLLECTION = /\[\d+:(0x[0-9a-f]+)\]\s+\d+ ms: (\w[\w-]*).*\n?/g;

/** Of a log, what is shown when something fails. */
const LOG_END = 4000;

/**
 * Minor collections in the lane of one daemon. Each thread has an isolate; the first to collect is control, which
 * compiles the program and libsodium before it starts the lane.
 */
export function laneCollections(log: string): number {
  let control: string | undefined;
  let count = 0;
  for (const [, isolate, kind] of log.matchAll(COLLECTION)) {
    control ??= isolate;
    if (isolate !== control && kind === 'Scavenge') count += 1;
  }
  return count;
}

/** The end of what each program has printed, without the collections. */
export function logs(programs: { name: string; log: string }[]): string {
  return programs.map(({ name, log }) => `\n--- ${name}\n${ending(log)}`).join('');
}

function ending(log: string): string {
  const text = log.replace(COLLECTION, '').trimEnd();
  return text === '' ? '(it has printed nothing)' : text.slice(-LOG_END);
}
