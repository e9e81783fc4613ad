/** Files on disk, the configuration above all: read whole, written whole or not at all. */
import { randomBytes } from 'node:crypto';
import { open, readFile, realpath, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { runsAs } from '../io/account.js';
import { keepBackup, removeRemains } from './backups.js';

/** A file that can't be read or written: the message says what is wrong and what to do. */
export class StoreError extends Error {
  constructor(
    message: string,
    /** `ENOENT` and the like, when the kernel refused. */
    readonly code: string | null,
  ) {
    super(message);
  }
}

/** Nobody types this much: a larger file is not a configuration. */
const MOST_BYTES = 64 * 1024 * 1024;

const CONFIG_MODE = 0o640;

/**
 * Reads a configuration file.
 * @throws StoreError when it can't be read, or is no text
 */
export async function readConfigFile(path: string): Promise<string> {
  try {
    const bytes = await readFile(path);
    if (bytes.length > MOST_BYTES) throw new StoreError(`${path} is larger than a configuration can be`, null);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw explained(error, path, 'read');
  }
}

/**
 * Replaces a configuration file, which its group may read, and keeps the ones before beside it (`backups.ts`). A
 * symbolic link stays one: its target is replaced.
 * @returns why the one before could not be kept; null when it was
 * @throws StoreError; the old file is then as it was
 */
export async function writeConfigFile(path: string, text: string): Promise<string | null> {
  const target = await realpath(path).catch(() => path);
  await removeRemains(target).catch(() => undefined);
  const before = await readFile(target).catch(() => null);
  let notKept: string | null = null;
  await replaceFile(target, text, CONFIG_MODE, async () => {
    if (before === null || before.equals(Buffer.from(text))) return;
    await keepBackup(target, (to) => replaceFile(to, before, CONFIG_MODE)).catch((error: unknown) => {
      notKept = (error as Error).message;
    });
  });
  return notKept;
}

/**
 * Replaces a file: after a crash or a full disk there is the old one or the new one, whole. The new text is
 * written beside it, in a file that begins with a dot and its name, flushed, and renamed over it; then the
 * directory is flushed. A symbolic link is replaced, not followed: the directory may belong to somebody who may
 * not write where it leads.
 * @param between called when the new text is on the disk, and the old one in its place still
 * @throws StoreError; the old file is then as it was
 */
export async function replaceFile(
  path: string,
  text: string | Uint8Array,
  mode: number,
  between: () => Promise<void> = async () => undefined,
): Promise<void> {
  let temporary: string | null = null;
  try {
    temporary = join(dirname(path), `.${basename(path)}.${process.pid}.${randomBytes(4).toString('hex')}`);
    await writeFlushed(temporary, text, mode);
    await between();
    await rename(temporary, path);
    temporary = null;
    await flushDirectory(dirname(path));
  } catch (error) {
    if (temporary !== null) await unlink(temporary).catch(() => undefined);
    throw explained(error, path, 'write');
  }
}

async function writeFlushed(path: string, text: string | Uint8Array, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await file.writeFile(text);
    // The umask may have taken bits away that the group needs.
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** What was renamed in a directory, or removed from it, is so after a power cut too. */
export async function flushDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

const ADVICE: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full: make room and save again',
  EDQUOT: 'the quota is used up: make room and save again',
  EISDIR: 'it is a directory: name a file',
};

function explained(error: unknown, path: string, verb: string): StoreError {
  if (error instanceof StoreError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
    return new StoreError(`can't read ${path}: it is not UTF-8 text`, null);
  if (code === 'EACCES' || code === 'EPERM') {
    const what = verb === 'write' ? 'the file and its directory' : 'the file';
    const advice = `permission denied: the daemon runs as ${runsAs()}; give that user ${what}, or run it as root`;
    return new StoreError(`can't ${verb} ${path}: ${advice}`, code);
  }
  return new StoreError(`can't ${verb} ${path}: ${ADVICE[code ?? ''] ?? message}`, code ?? null);
}
