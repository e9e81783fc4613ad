/**
 * The file of stamps as text. Lines, in this order:
 *
 *     sennit stamps 1
 *     own CEILING                       no stamp above it was used
 *     PUBLIC-KEY STAMP                  the greatest accepted from it; base64; the oldest news first
 *     sum SHA-256                       of all lines before, hexadecimal
 */
import { createHash } from 'node:crypto';

const HEAD = 'sennit stamps 1';
const OWN = /^own (\d{1,20})$/;
const ACCEPTED = /^([A-Za-z0-9+/]{43}=) (\d{1,20})$/;
const MAX_STAMP = 2n ** 64n - 1n;

export interface StampState {
  /** Stamps of ours up to this one may have been used. */
  ceiling: bigint;
  /** By public key in base64, the oldest news first. */
  accepted: Map<string, bigint>;
}

export function formatStamps(state: StampState): string {
  const lines = [HEAD, `own ${state.ceiling}`, ...[...state.accepted].map(([key, stamp]) => `${key} ${stamp}`)];
  const text = `${lines.join('\n')}\n`;
  return `${text}sum ${sum(text)}\n`;
}

/** What a file says; null when it is damaged. */
export function parseStamps(text: string): StampState | null {
  const end = text.lastIndexOf('sum ');
  if (end < 0 || text.slice(end) !== `sum ${sum(text.slice(0, end))}\n`) return null;
  const [head, own = '', ...rest] = text.slice(0, end).split('\n').slice(0, -1);
  const ceiling = stampOf(OWN.exec(own)?.[1]);
  if (head !== HEAD || ceiling === null) return null;
  const accepted = new Map<string, bigint>();
  for (const line of rest) {
    const match = ACCEPTED.exec(line);
    const stamp = stampOf(match?.[2]);
    if (!match?.[1] || stamp === null) return null;
    accepted.set(match[1], stamp);
  }
  return { ceiling, accepted };
}

function stampOf(digits: string | undefined): bigint | null {
  if (digits === undefined) return null;
  const stamp = BigInt(digits);
  return stamp > MAX_STAMP ? null : stamp;
}

function sum(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
