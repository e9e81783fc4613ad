/**
 * The files that a new one replaces are kept beside it: `FILE.1` is the one before, `FILE.5` the oldest. At any
 * moment there is a FILE, the old one or the new one.
 */
import { link, lstat, readdir, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const MOST_BACKUPS = 5;

/**
 * Makes what is in `path` now also its newest backup. Nothing is done when that is so already, or there is no file.
 * @param copy makes a copy of that name, where the file system has no second names for a file
 * @throws Error when the file system refuses; `path` is as it was
 */
export async function keepBackup(path: string, copy: (to: string) => Promise<void>): Promise<void> {
  const present = await lstat(path).catch(() => null);
  if (present === null) return;
  const newest = await lstat(backup(path, 1)).catch(() => null);
  // A write that was cut short after this has kept it.
  if (newest !== null && newest.ino === present.ino && newest.dev === present.dev) return;
  await shift(path);
  // A second name takes no room on the disk.
  await link(path, backup(path, 1)).catch(() => copy(backup(path, 1)));
}

/** Removes what writes that were killed have left beside `path`; their process is gone. */
export async function removeRemains(path: string): Promise<void> {
  const directory = dirname(path);
  const prefix = `.${basename(path)}.`;
  for (const name of await readdir(directory)) {
    const found = name.startsWith(prefix) ? /^(\d+)\.[0-9a-f]{8}$/.exec(name.slice(prefix.length)) : null;
    if (found !== null && !isRunning(Number(found[1]))) await unlink(join(directory, name)).catch(() => undefined);
  }
}

/** Only as far as there is a file in the way: a gap is filled. */
async function shift(path: string): Promise<void> {
  let free = 1;
  while (free < MOST_BACKUPS && (await lstat(backup(path, free)).catch(() => null)) !== null) free++;
  for (let number = free; number > 1; number--) await rename(backup(path, number - 1), backup(path, number));
}

function backup(path: string, number: number): string {
  return `${path}.${number}`;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
