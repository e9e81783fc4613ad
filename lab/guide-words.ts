/** Compares what was printed with what a guide has, and keeps the words that are of each run anew. Pure. */
import type { Expected } from './guide.js';

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
const byLength = (a: string, b: string): number => b.length - a.length;

export class Words {
  /** What stands for which word of the guide in this run. Bounded by the words that the guide binds. */
  readonly #values = new Map<string, string>();
  readonly #bound: readonly string[];

  /** @param bound the words of the guide that are of each run anew */
  constructor(bound: readonly string[]) {
    this.#bound = [...bound].sort(byLength);
  }

  /** A command or a file with the words of this run. @throws if one has not been printed yet */
  fill(text: string): string {
    let filled = text;
    for (const word of this.#bound) {
      if (!filled.includes(word)) continue;
      const value = this.#values.get(word);
      if (value === undefined) throw new Error(`nothing has been printed yet that stands for '${word}'`);
      filled = filled.replaceAll(word, () => value);
    }
    return filled;
  }

  /** Whether that is what the guide has; if so, words that it binds and that stand in it get their values. */
  accept(expected: Expected, printed: string): boolean {
    const met: string[] = [];
    const pattern = expected.lines.map((line) => this.#lineOf(line, expected.any, met)).join('');
    const text = linesOf(printed).map((line) => `${plain(line)}\n`);
    const match = new RegExp(`^${pattern}$`).exec(text.join(''));
    if (match === null) return false;
    for (const [at, word] of met.entries()) this.#values.set(word, match.groups?.[`w${at}`] as string);
    return true;
  }

  #lineOf(line: string, any: readonly string[], met: string[]): string {
    const shown = plain(line);
    if (shown === '…') return '(?:.*\\n)*';
    const anyPatterns = [...any].sort(byLength).map((word) => `(?<![\\w.])${escaped(word)}(?![\\w])`);
    const special = new RegExp([...this.#bound.map(escaped), ...anyPatterns, '…'].join('|'), 'g');
    let pattern = '';
    let from = 0;
    for (const match of shown.matchAll(special)) {
      pattern += escaped(shown.slice(from, match.index)) + this.#wordOf(match[0], met);
      from = match.index + match[0].length;
    }
    return `${pattern}${escaped(shown.slice(from))}\\n`;
  }

  #wordOf(word: string, met: string[]): string {
    if (word === '…') return '.*';
    if (!this.#bound.includes(word)) return '\\S+';
    const value = this.#values.get(word);
    if (value !== undefined) return escaped(value);
    const known = met.indexOf(word);
    return known >= 0 ? `\\k<w${known}>` : `(?<w${met.push(word) - 1}>\\S+)`;
  }
}

function plain(line: string): string {
  return line.trim().replace(/\s+/g, ' ');
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  while (lines.at(-1)?.trim() === '') lines.pop();
  return lines;
}
