/** Quantities as the shell writes them. */
import { short } from '../../cli/show/quantity.ts';

export { duration, milliseconds, percent, short } from '../../cli/show/quantity.ts';

/** `1.2 Mb/s` from bits a second; `–` when not known. */
export function rate(bits) {
  if (bits === null) return '–';
  const text = short(Math.round(bits));
  const unit = /[A-Z]$/.exec(text)?.[0] ?? '';
  return `${unit === '' ? text : text.slice(0, -1)} ${unit === 'K' ? 'k' : unit}b/s`;
}

/** `1 link`, `2 links`. */
export function count(number, one, many = `${one}s`) {
  return `${number} ${number === 1 ? one : many}`;
}
