/** A metric and how its value is read off a row of what the daemon shows: the tables beside this file are made of these. */

export interface Family<Row> {
  readonly type: 'counter' | 'gauge';
  /** By the conventions of Prometheus: base units, counters end with `_total`. */
  readonly name: string;
  readonly help: string;
  /** The value now; null: not known, so that there is no sample. */
  readonly read: (row: Row) => number | null;
}

export function counter<Row>(name: string, help: string, read: (row: Row) => number | null): Family<Row> {
  return { type: 'counter', name, help, read };
}

export function gauge<Row>(name: string, help: string, read: (row: Row) => number | null): Family<Row> {
  return { type: 'gauge', name, help, read };
}

/** Milliseconds as seconds, the base unit. */
export function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000;
}
