/** Plain tables for a terminal: columns as wide as their contents, two spaces between them, 80 characters in all. */

/** The width of a terminal that nobody has touched. What a table leaves out, `detail` and JSON have. */
const WIDTH = 80;
const GAP = '  ';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string | number | null;
  /** Numbers stand right, words left. */
  readonly align?: 'right';
  /** Characters that must be left of it when the table is too wide; absent: it is never cut. */
  readonly least?: number;
  /** True: it goes when the table is too wide even with cut columns, the last one first. */
  readonly spare?: true;
}

/** Title row and one row per entry; a cell without a value is shown as `-`. The last column is not padded. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = columns.map(({ title, cell }) => [title, ...rows.map((row) => shown(cell(row)))]);
  const wanted = cells.map((column) => Math.max(...column.map((cell) => cell.length)));
  const kept = keptColumns(columns, wanted);
  const widths = fitted(
    kept.map((index) => wanted[index] as number),
    kept.map((index) => columns[index]?.least ?? Number.POSITIVE_INFINITY),
  );
  const lines = [...Array(rows.length + 1).keys()].map((row) =>
    kept
      .map((index, place) => {
        const width = widths[place] as number;
        const cell = cut((cells[index] as string[])[row] as string, width);
        return columns[index]?.align === 'right' ? cell.padStart(width) : cell.padEnd(width);
      })
      .join(GAP)
      .trimEnd(),
  );
  return lines.join('\n');
}

const total = (widths: readonly number[]): number =>
  widths.reduce((sum, width) => sum + width, 0) + GAP.length * (widths.length - 1);

/** The columns that there is room for. */
function keptColumns<Row>(columns: readonly Column<Row>[], wanted: readonly number[]): number[] {
  const kept = [...columns.keys()];
  const least = (index: number): number =>
    Math.min(wanted[index] as number, columns[index]?.least ?? Number.POSITIVE_INFINITY);
  while (total(kept.map(least)) > WIDTH) {
    const spare = kept.findLastIndex((index) => columns[index]?.spare === true);
    if (spare < 0) break;
    kept.splice(spare, 1);
  }
  return kept;
}

/** Takes from the widest column that may be cut, until all fits. */
function fitted(wanted: readonly number[], least: readonly number[]): number[] {
  const widths = [...wanted];
  for (let over = total(widths) - WIDTH; over > 0; over--) {
    let widest = -1;
    for (const [index, width] of widths.entries())
      if (width > (least[index] as number) && width > (widths[widest] ?? 0)) widest = index;
    if (widest < 0) break;
    widths[widest] = (widths[widest] as number) - 1;
  }
  return widths;
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

/**
 * A list of `name: value` lines with the values under each other; entries without a value are shown as `-`. A value
 * that is too long goes on under itself.
 */
export function fields(entries: readonly (readonly [string, string | number | null])[], indent = ''): string {
  const width = Math.max(...entries.map(([name]) => name.length)) + 2;
  const room = WIDTH - indent.length - width;
  return entries
    .map(([name, value]) =>
      wrapped(shown(value), room)
        .map((line, index) => `${indent}${(index === 0 ? `${name}:` : '').padEnd(width)}${line}`)
        .join('\n'),
    )
    .join('\n');
}

/** Broken at spaces where there are some. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width);
    const at = space > 0 ? space : width;
    lines.push(rest.slice(0, at));
    rest = rest.slice(at).trimStart();
  }
  return [...lines, rest];
}

function shown(value: string | number | null): string {
  return value === null ? '-' : String(value);
}

/** The same object with its keys in a fixed order, so that JSON is stable whatever made it. */
export function ordered<T extends object, K extends keyof T>(row: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, row[key]])) as Pick<T, K>;
}
