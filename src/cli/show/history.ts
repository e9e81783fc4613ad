/** `show history`. */

/** Oldest first. */
export function historyText(lines: readonly string[]): string {
  return lines.length === 0 ? 'Nothing was run yet.' : lines.map((line) => `  ${line}`).join('\n');
}
