/** Words in columns, as many as the screen is wide, read from left to right. */
export function inColumns(words: readonly string[], width: number): string {
  const column = Math.max(...words.map((word) => word.length)) + 2;
  const perRow = Math.max(1, Math.floor(width / column));
  const rows: string[] = [];
  for (let at = 0; at < words.length; at += perRow) {
    rows.push(
      words
        .slice(at, at + perRow)
        .map((word) => word.padEnd(column))
        .join('')
        .trimEnd(),
    );
  }
  return rows.join('\n');
}
