/** How every script reads its options: help when it is asked for, and what is wrong before anything is done. */
import { parseArgs } from 'node:util';

/**
 * Ends the process with `usage` after `--help`, and with exit code 2 at an option that nobody knows.
 * @param {string} usage ends with a line feed
 * @param {NonNullable<Parameters<typeof parseArgs>[0]>['options']} [known] besides `--help`
 * @param {(values: Record<string, any>) => void} [check] throws an Error that says what is wrong with a value
 * @returns {Record<string, any>} the values
 */
export function options(usage, known = {}, check = () => {}) {
  try {
    const { values } = parseArgs({ options: { ...known, help: { type: 'boolean', default: false } } });
    if (values.help) {
      process.stdout.write(usage);
      process.exit(0);
    }
    check(values);
    return values;
  } catch (error) {
    process.stderr.write(`sennit: ${error.message}\n\n${usage}`);
    process.exit(2);
  }
}
