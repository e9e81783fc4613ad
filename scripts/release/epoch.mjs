/** When what is built was written: the time of everything that is made from it, so that it comes out the same. */
import { output } from './command.mjs';
import { Failed } from './steps.mjs';

/** Seconds since 1970: SOURCE_DATE_EPOCH (reproducible-builds.org) if set, else the time of the commit. */
export function sourceEpoch(root) {
  if (process.env.SOURCE_DATE_EPOCH !== undefined) return Number(process.env.SOURCE_DATE_EPOCH);
  try {
    return Number(output('git', ['log', '-1', '--format=%ct'], { cwd: root }));
  } catch (error) {
    throw new Failed(`no time of the commit: ${error.message}set SOURCE_DATE_EPOCH`, { cause: error });
  }
}
