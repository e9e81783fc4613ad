/** What the programs of the benchmark have in common: options in, usage or figures out, and the exit code. */

/**
 * Runs one.
 * @param parse reads the arguments; null: help was asked for. What it throws is shown with the usage
 * @returns the exit code: 2 for wrong usage, 1 when `work` failed
 */
export async function runProgram<T>(
  args: string[],
  usage: string,
  parse: (args: string[]) => T | null,
  work: (options: T) => Promise<void>,
): Promise<number> {
  let options: T | null;
  try {
    options = parse(args);
  } catch (error) {
    process.stderr.write(`bench: ${(error as Error).message}\n${usage}`);
    return 2;
  }
  if (options === null) {
    process.stdout.write(usage);
    return 0;
  }
  try {
    await work(options);
    return 0;
  } catch (error) {
    process.stderr.write(`bench: ${(error as Error).message}\n`);
    return 1;
  }
}
