/** `show tech-support`: what other `show` commands print, one under the other, with nothing in it that is a key. */

export interface Section {
  /** The command, such as `show links`. */
  readonly command: string;
  readonly text: string;
  readonly data: unknown;
}

/** How much of a public key tells it from others. */
const SHOWN = 6;

/**
 * What may be a key of 32 bytes or more, public or not: base64 with its padding, base64 for file names (which has none
 * and no slash, so that paths stay whole), or hexadecimal.
 */
const KEY_LIKE = /[A-Za-z0-9+/_-]{43,}=+|[A-Za-z0-9+_-]{43,}/g;

/** Leaves only the beginning of whatever looks like a key. */
export function cutKeys(text: string): string {
  return text.replace(KEY_LIKE, (key) => `${key.slice(0, SHOWN)}…`);
}

/** The same within data. */
function cutKeysIn(value: unknown): unknown {
  if (typeof value === 'string') return cutKeys(value);
  if (Array.isArray(value)) return value.map(cutKeysIn);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [cutKeys(name), cutKeysIn(each)]));
}

/** By command. */
export function techSupportData(sections: readonly Section[]): Record<string, unknown> {
  return Object.fromEntries(sections.map(({ command, data }) => [command, cutKeysIn(data)]));
}

export function techSupportText(sections: readonly Section[]): string {
  return sections.map(({ command, text }) => `---- ${command} ----\n${cutKeys(text)}`).join('\n\n');
}
