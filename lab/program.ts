/** What the programs that npm runs have in common: options in, usage or result out, and the exit code. */

interface Program<Options> {
  /** What its complaints begin with. */
  readonly name: string;
  /** Ends with a line feed. */
  readonly usage: string;
  /** Null: help is asked for. @throws Error with a message for the user when an option is not understood */
  parse(args: string[]): Options | null;
  /** @returns whether all is as it must be. @throws Error with what kept it from being found out */
  work(options: Options): Promise<boolean>;
}

/** Runs one; returns the exit code: 0 when all is as it must be, 1 when not, 2 for a wrong option. */
export async function runProgram<Options>(args: string[], program: Program<Options>): Promise<number> {
  const { name, usage } = program;
  let options: Options | null;
  try {
    options = program.parse(args);
  } catch (error) {
    process.stderr.write(`${name}: ${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  if (options === null) {
    process.stdout.write(usage);
    return 0;
  }
  try {
    return (await program.work(options)) ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${name}: ${(error as Error).message}\n`);
    return 1;
  }
}
