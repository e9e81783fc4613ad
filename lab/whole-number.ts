/** How every program of the lab reads a number among its options. */

/** @throws Error that names the option (without its dashes) when `text` is no whole number from `least` to `most` */
export function whole(option: string, text: string, least: number, most: number): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`--${option} takes a whole number from ${least} to ${most}, not '${text}'`);
}
