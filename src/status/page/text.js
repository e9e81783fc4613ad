/** Quantities as the shell writes them. */
import { short } from '../../cli/show/quantity.ts';

export { duration, milliseconds, percent, short } from '../../cli/show/quantity.ts';

/** `1.2 Mb/s` from bits a second; `–` when not known. */
export function rate(bits) {
  if (bits === null) return '–';
  if (bits < 1000) return `${Math.round(bits)} b/s`;
  // From 10,000 on there is a unit; what is below gets one, too.
  const text = bits < 10_000 ? `${(bits / 1000).toFixed(1)}K` : short(Math.round(bits));
  return `${text.slice(0, -1)} ${text.endsWith('K') ? 'k' : text.slice(-1)}b/s`;
}

/** `1 link`, `2 links`. */
export function count(number, one, many = `${one}s`) {
  return `${number} ${number === 1 ? one : many}`;
}
