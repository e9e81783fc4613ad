/** Text with a style, cut to the screen's width before any escape sequence is in it. */

export type Style = 'plain' | 'bold' | 'dim' | 'good' | 'warn' | 'bad' | 'title';

export interface Span {
  readonly text: string;
  readonly style: Style;
}

/** Select Graphic Rendition (ECMA-48). */
const CODES: Readonly<Record<Style, string>> = {
  plain: '',
  bold: '1',
  dim: '2',
  good: '32',
  warn: '33',
  bad: '1;31',
  title: '7',
};

export function span(text: string, style: Style = 'plain'): Span {
  return { text, style };
}

/** One line of at most `width` characters; `fill` pads the last span to the width. */
export function painted(spans: readonly Span[], width: number, colour: boolean, fill = false): string {
  let left = width;
  let line = '';
  spans.forEach(({ text, style }, index) => {
    const last = fill && index === spans.length - 1;
    const cut = last ? text.slice(0, left).padEnd(left) : text.slice(0, left);
    left -= cut.length;
    if (cut === '') return;
    line += colour && CODES[style] !== '' ? `\x1b[${CODES[style]}m${cut}\x1b[0m` : cut;
  });
  return line.trimEnd();
}
