/** What a refused line is told. The caret itself is drawn by whoever shows the line. */
import type { Hint, MatchError } from './walk.js';

/** Keywords and ranges listed after an error; `?` shows all of them. */
const MOST_LISTED = 12;

const HEADLINES = {
  ambiguous: '% Ambiguous command',
  incomplete: '% Incomplete command',
  invalid: "% Invalid input detected at '^' marker",
} as const;

/** The error in one or several lines: what is wrong, why, and what was expected. */
export function errorText(error: MatchError): string {
  const lines: string[] = [HEADLINES[error.kind]];
  if (error.reason !== null) lines[0] += `: ${error.reason}`;
  if (error.expected.length > 0) {
    lines.push(error.kind === 'ambiguous' ? '  it could be:' : '  expected:');
    lines.push(...hintRows(error.expected.slice(0, MOST_LISTED), '    '));
    if (error.expected.length > MOST_LISTED)
      lines.push(`    and ${error.expected.length - MOST_LISTED} more: type '?'`);
  } else if (error.kind === 'invalid' && error.reason === null) {
    lines.push("  no such command here: '?' lists the commands of this mode");
  }
  return lines.join('\n');
}

/** Labels and their meanings in two columns. */
export function hintRows(hints: readonly Hint[], indent: string): string[] {
  const width = Math.max(...hints.map(({ label }) => label.length));
  return hints.map(({ label, help }) => `${indent}${label.padEnd(width)}  ${help}`.trimEnd());
}

/** Stand for what is left out. */
const DOTS = '...';

/**
 * A line with a caret under one of its columns, control characters made visible so that the caret stands
 * where it should.
 * @param width columns at most, the indent not counted; of a longer line only the part around the caret is shown
 */
export function withCaret(line: string, column: number, indent: string, width = 106): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced
  const shown = line.replace(/[\x00-\x1f\x7f-\x9f]/g, (c) => (c === '\t' ? ' ' : '\ufffd'));
  const most = Math.max(width - 2 * DOTS.length, 1);
  const from = column > most * 0.6 ? column - (most >> 1) : 0;
  const part = shown.slice(from, from + most);
  const lead = from > 0 ? DOTS : '';
  const tail = from + most < shown.length ? DOTS : '';
  return `${indent}${lead}${part}${tail}\n${indent}${' '.repeat(lead.length + column - from)}^`;
}
