/**
 * Families of metrics that are read off the same rows. prom-client writes the text; what it keeps of a metric that is
 * counted up bit by bit, a hash of the labels of every sample, is not needed where all values are at hand, and took
 * most of the time of a scrape.
 */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Family } from './family.js';

export type Labels = Readonly<Record<string, string>>;

/** prom-client makes text of shared labels once, for all samples that have the same object. */
interface Sample {
  value: number;
  labels: Labels;
  sharedLabels: Labels;
}

const NO_MORE: Labels = {};

export class Table<Row> {
  readonly #labelsOf: (row: Row) => Labels;
  #rows: readonly Row[] = [];
  #labels: readonly Labels[] = [];

  /** @param labelNames all that `labelsOf` gives */
  constructor(
    registry: Registry,
    families: readonly Family<Row>[],
    labelNames: string[],
    labelsOf: (row: Row) => Labels,
  ) {
    this.#labelsOf = labelsOf;
    for (const { type, name, help, read } of families) {
      const options = { name, help, labelNames, registers: [registry] };
      const metric = type === 'counter' ? new Counter(options) : new Gauge(options);
      const itself = metric.get.bind(metric);
      metric.get = async () => ({ ...(await itself()), values: this.#samples(read) });
    }
  }

  /** What is told from now on. */
  fill(rows: readonly Row[]): void {
    this.#rows = rows;
    this.#labels = rows.map(this.#labelsOf);
  }

  #samples(read: Family<Row>['read']): Sample[] {
    const samples: Sample[] = [];
    for (const [at, row] of this.#rows.entries()) {
      const value = read(row);
      if (value !== null) samples.push({ value, labels: NO_MORE, sharedLabels: this.#labels[at] ?? NO_MORE });
    }
    return samples;
  }
}
