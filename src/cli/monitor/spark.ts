/** Rates as a row of small bars. */

const BLOCKS = ' ▁▂▃▄▅▆▇█';
/** Where the terminal has no such characters. */
const PLAIN = ' .:-=+*%#';

/**
 * The newest samples that fit `width`, the newest right, in eighths of `highest`. What is not zero is seen.
 * @param unicode whether the terminal shows block elements
 */
export function spark(samples: readonly number[], highest: number, width: number, unicode: boolean): string {
  const steps = unicode ? BLOCKS : PLAIN;
  const top = steps.length - 1;
  const bars = samples.slice(-Math.max(0, width)).map((sample) => {
    if (sample <= 0 || highest <= 0) return steps[0];
    return steps[Math.min(top, Math.max(1, Math.round((sample / highest) * top)))];
  });
  return width <= 0 ? '' : bars.join('').padStart(width);
}
