/** The daemon's log: events with fields. Identifiers are always fields. Nothing is logged per frame. */
import type { EventName, FieldsOf, Level, LevelOf } from './events.js';

export type { Level } from './events.js';
export type Fields = Readonly<Record<string, string | number | boolean | null>>;

/** Takes the events of the table in events.ts, with their levels and fields, and no others. */
export type Log = <E extends EventName>(level: LevelOf<E>, event: E, fields: FieldsOf<E>) => void;

function value(given: string | number | boolean | null): string {
  const text = String(given);
  return /^[\w.:/@+-]+$/.test(text) ? text : harmless(JSON.stringify(text));
}

/** What JSON leaves as it is, and a terminal does not: C1 controls, and what turns the direction of writing. */
const UNSAFE = /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** JSON that holds nothing unsafe: still JSON. */
export function harmless(json: string): string {
  return json.replace(UNSAFE, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Fields as `key=value`, in quotes where there is more than letters, digits and a few signs. */
export function formatFields(fields: Fields): string {
  return Object.entries(fields)
    .map(([key, given]) => `${key}=${value(given)}`)
    .join(' ');
}

/** An event for people, without its time and line end: `level event key=value …`. */
export function formatEvent(level: Level, event: string, fields: Fields = {}): string {
  return [level, event, ...(Object.keys(fields).length === 0 ? [] : [formatFields(fields)])].join(' ');
}
