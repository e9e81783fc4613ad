/** When what is built was written: the time of everything that is made from it, so that it comes out the same. */
import { spawnSync } from 'node:child_process';

/** Seconds since 1970: SOURCE_DATE_EPOCH (reproducible-builds.org) if set, else the time of the commit. */
export function sourceEpoch(root) {
  if (process.env.SOURCE_DATE_EPOCH !== undefined) return Number(process.env.SOURCE_DATE_EPOCH);
  const { status, stdout, stderr, error } = spawnSync('git', ['log', '-1', '--format=%ct'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`no time of the commit: ${error?.message ?? stderr}set SOURCE_DATE_EPOCH`);
  return Number(stdout);
}
