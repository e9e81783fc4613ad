/** Splits a line into words that know where they stand. */

export interface LineWord {
  readonly text: string;
  /** Position of the first character in the line, from 0. */
  readonly column: number;
}

/** Words are separated by spaces and tabs; `|` is a word by itself wherever it stands. */
export function splitWords(line: string): LineWord[] {
  const words: LineWord[] = [];
  for (const found of line.matchAll(/\||[^\s|]+/g)) words.push({ text: found[0], column: found.index });
  return words;
}

/** True for a line that is no command: nothing at all, or a comment. */
export function isBlank(line: string): boolean {
  return /^\s*(!.*)?$/s.test(line);
}
