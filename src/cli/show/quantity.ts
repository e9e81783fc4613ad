/** Quantities in few characters, for tables. */

/** `1.5K`, `23M`: at most five characters. Powers of 1000. */
export function short(count: number): string {
  if (count < 10_000) return String(count);
  const units = ['K', 'M', 'G', 'T', 'P', 'E'];
  let value = count;
  let unit = -1;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 99.95 ? value.toFixed(1) : Math.round(value)}${units[unit]}`;
}

/** `850ms`, `12s`, `3m05s`, `2h10m`, `4d02h` from milliseconds. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)}h${two(Math.floor(seconds / 60) % 60)}m`;
  return `${Math.floor(seconds / 86400)}d${two(Math.floor(seconds / 3600) % 24)}h`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** Milliseconds with as many digits as matter; null stays null. */
export function milliseconds(value: number | null): string | null {
  if (value === null) return null;
  return value < 10 ? value.toFixed(2) : value.toFixed(value < 100 ? 1 : 0);
}

/** A share from 0 to 1 as a percentage; null stays null. */
export function percent(share: number | null): string | null {
  return share === null ? null : `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)}%`;
}
