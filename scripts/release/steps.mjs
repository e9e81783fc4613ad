/** Steps of something long: each tells what it did and how long that took; the first that fails ends it all. */

/** A step that failed in a way that its message tells whole. */
export class Failed extends Error {}

/**
 * @param {string} title
 * @param {() => string | void | Promise<string | void>} work returns what there is to tell, in lines
 */
export async function step(title, work) {
  const began = performance.now();
  try {
    const told = await work();
    print('ok', began, title);
    for (const line of told?.trimEnd().split('\n') ?? []) process.stdout.write(`               ${line}\n`);
  } catch (error) {
    print('failed', began, title);
    process.stderr.write(`${error instanceof Failed ? error.message : error.stack}\n`);
    process.exit(1);
  }
}

function print(verdict, began, title) {
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  process.stdout.write(`${verdict.padEnd(6)} ${seconds.padStart(5)} s  ${title}\n`);
}
