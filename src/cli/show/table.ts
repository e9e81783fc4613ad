/** Plain tables for a terminal: columns as wide as their contents, two spaces between them. */

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string | number | null;
  /** Numbers stand right, words left. */
  readonly align?: 'right';
}

/** Title row and one row per entry; a cell without a value is shown as `-`. The last column is not padded. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map((column) => shown(column.cell(row)))),
  ];
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => (row[index] as string).length)));
  const lines = cells.map((row) =>
    row
      .map((cell, index) => {
        const width = widths[index] as number;
        return columns[index]?.align === 'right' ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
  return lines.join('\n');
}

/** A list of `name: value` lines with the values under each other; entries without a value are shown as `-`. */
export function fields(entries: readonly (readonly [string, string | number | null])[]): string {
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries.map(([name, value]) => `${`${name}:`.padEnd(width + 2)}${shown(value)}`).join('\n');
}

function shown(value: string | number | null): string {
  return value === null ? '-' : String(value);
}

/** The same object with its keys in a fixed order, so that JSON is stable whatever made it. */
export function ordered<T extends object, K extends keyof T>(row: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, row[key]])) as Pick<T, K>;
}
