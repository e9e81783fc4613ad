/** What the benchmark prints: rows of figures, and their ratios beside those that the project wants. */
import { type Column, table } from '../src/cli/show/table.js';
import { OPENVPNS, OTHER_PEERS, PEERS } from './bench-options.js';

export interface Row {
  system: string;
  case: string;
  unit: string;
  median: number;
  min: number;
  max: number;
  runs: number;
}

/** One row of `values`, which must not be empty; four digits of each figure. */
export function row(system: string, name: string, unit: string, values: readonly number[]): Row {
  const figures = { median: median(values), min: Math.min(...values), max: Math.max(...values) };
  const rounded = Object.entries(figures).map(([key, value]) => [key, Number(value.toPrecision(4))]);
  return { system, case: name, unit, ...(Object.fromEntries(rounded) as typeof figures), runs: values.length };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}

/** The smallest value that `share` (0 to 1) of all values don't exceed (nearest rank). */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export interface Ratio {
  what: string;
  measured: number;
  /** The bound as it is written, and whether the ratio keeps to it. */
  wanted: string;
  kept: boolean;
}

type Figures = (system: string, name: string) => number | null;

interface Target {
  what: string;
  /** The bound: a least or a most. */
  least?: number;
  most?: number;
  /** Null when something that it needs was not measured. */
  ratio(figure: Figures): number | null;
}

/** What the project has set itself; every figure is the median of its row. */
const TARGETS: Target[] = [
  over('tcp', 'sennit', ['openvpn-aes'], { least: 7 }),
  over('tcp', 'sennit', OTHER_PEERS, { least: 5 }),
  over('tcp', 'sennit', ['vxlan'], { least: 0.28 }),
  over('tcp', 'sennit-offloads-off', ['vxlan-offloads-off'], { least: 1 }),
  over('tcp', 'sennit-active-2', ['sennit'], { least: 0.6 }),
  over('udp-64', 'sennit', OPENVPNS, { least: 2 }),
  over('udp-64', 'sennit', PEERS, { least: 1.5 }),
  over('ping-p50', 'sennit', ['openvpn-aes'], { most: 1.2 }),
  over('ping-p99', 'sennit', ['openvpn-aes'], { most: 1.2 }),
  over('cpu-s-per-gb', 'sennit', ['openvpn-aes'], { most: 0.2 }),
  {
    what: 'ping-loaded-p50: sennit / (10 x its ping-p50 + 10 ms)',
    most: 1,
    ratio: (figure) => {
      const [loaded, idle] = [figure('sennit', 'ping-loaded-p50'), figure('sennit', 'ping-p50')];
      return loaded === null || idle === null ? null : loaded / (10 * idle + 10_000);
    },
  },
];

/** The ratio of one system to another, or to the best (the highest figure) of several, all of which were measured. */
function over(
  name: string,
  system: string,
  others: readonly string[],
  bound: { least?: number; most?: number },
): Target {
  const [first = ''] = others;
  return {
    what: `${name}: ${system} / ${others.length === 1 ? first : `best of ${others.join(', ')}`}`,
    ...bound,
    ratio: (figure) => {
      const ours = figure(system, name);
      const theirs = others.map((other) => figure(other, name));
      if (ours === null || theirs.some((each) => each === null)) return null;
      return ours / Math.max(...(theirs as number[]));
    },
  };
}

/** The ratios that these rows are enough for. */
export function ratios(rows: readonly Row[]): Ratio[] {
  const figure: Figures = (system, name) =>
    rows.find((each) => each.system === system && each.case === name)?.median ?? null;
  return TARGETS.flatMap(({ what, least, most, ratio }) => {
    const measured = ratio(figure);
    if (measured === null || !Number.isFinite(measured)) return [];
    const kept = measured >= (least ?? -Infinity) && measured <= (most ?? Infinity);
    return [{ what, measured, wanted: least === undefined ? `<= ${most}` : `>= ${least}`, kept }];
  });
}

/** Both tables, for people. */
export function render(rows: readonly Row[]): string {
  const figures: Column<Row>[] = [
    { title: 'System', cell: (each) => each.system },
    { title: 'Case', cell: (each) => each.case },
    { title: 'Median', cell: (each) => each.median, align: 'right' },
    { title: 'Min', cell: (each) => each.min, align: 'right' },
    { title: 'Max', cell: (each) => each.max, align: 'right' },
    { title: 'Unit', cell: (each) => each.unit },
    { title: 'Runs', cell: (each) => each.runs, align: 'right' },
  ];
  const targets: Column<Ratio>[] = [
    { title: 'Ratio', cell: (each) => each.what },
    { title: 'Measured', cell: (each) => each.measured.toFixed(2), align: 'right' },
    { title: 'Wanted', cell: (each) => each.wanted, align: 'right' },
    { title: 'Kept', cell: (each) => (each.kept ? 'yes' : 'no') },
  ];
  const measured = ratios(rows);
  return [table(figures, rows), ...(measured.length > 0 ? [table(targets, measured)] : [])]
    .map((text) => `${text}\n`)
    .join('\n');
}
