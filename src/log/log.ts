/**
 * The daemon's log: one line an event on standard error, `level event key=value …`, which journald or a
 * supervisor stamps with the time. Identifiers are always fields. Nothing is logged per frame.
 */

export type Level = 'error' | 'warning' | 'info' | 'debug';
export type Fields = Readonly<Record<string, string | number | boolean | null>>;

export type Log = (level: Level, event: string, fields?: Fields) => void;

function value(given: string | number | boolean | null): string {
  const text = String(given);
  return /^[\w.:/@+-]+$/.test(text) ? text : JSON.stringify(text).replace(UNSAFE, escaped);
}

/** What JSON leaves as it is, and a terminal does not: C1 controls, and what turns the direction of writing. */
const UNSAFE = /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

function escaped(sign: string): string {
  return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** One line of the log, without its line end. */
export function formatEvent(level: Level, event: string, fields: Fields = {}): string {
  const pairs = Object.entries(fields).map(([key, given]) => `${key}=${value(given)}`);
  return [level, event, ...pairs].join(' ');
}

export const stderrLog: Log = (level, event, fields) => {
  process.stderr.write(`${formatEvent(level, event, fields)}\n`);
};
