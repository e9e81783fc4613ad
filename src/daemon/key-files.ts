/**
 * Key files: one line of base64, 32 bytes, readable by the owner only. What is in them never leaves
 * the daemon but as what handshakes are computed with.
 *
 * A daemon that gave up root can't read the files of root again. So what was read is remembered by its
 * path, and counts when a later read is forbidden. Bounded by the files that the configuration names, and the
 * one that runs again unless a commit is confirmed; `forgetKeyFiles` wipes what they name no more.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { EngineError } from '../control/engine.js';

const KEY_SIZE = 32;
/** A key has 44 characters; what is much larger is none, and is not read. */
const MOST_BYTES = 4096;

export type KeyKind = 'private key' | 'pre-shared key';

/** A key file that can't be used; `code` is the kernel's, such as `ENOENT`, or null where the content is wrong. */
export class KeyFileError extends EngineError {
  constructor(
    message: string,
    readonly code: string | null,
  ) {
    super(message);
  }
}

export interface KeyFile {
  readonly key: Uint8Array;
  /** Time of its last change, ms since 1970. */
  readonly changedAt: number;
}

const remembered = new Map<string, KeyFile>();

/**
 * Reads a private or pre-shared key.
 * @param strict what was read before does not count
 * @throws KeyFileError when the file is missing, readable by others, of another owner, or no key
 */
export function readKeyFile(path: string, what: KeyKind, strict = false): Uint8Array {
  return openKeyFile(path, what, strict).key;
}

/** As `readKeyFile`, with the time of the file; null when there is none. */
export function readKeyFileIfAny(path: string, what: KeyKind, strict = false): KeyFile | null {
  try {
    return openKeyFile(path, what, strict);
  } catch (error) {
    if (!(error instanceof KeyFileError) || error.code !== 'ENOENT') throw error;
    return null;
  }
}

/** Wipes what is remembered of files other than these. */
export function forgetKeyFiles(except: ReadonlySet<string>): void {
  for (const [path, { key }] of remembered) {
    if (except.has(path)) continue;
    key.fill(0);
    remembered.delete(path);
  }
}

function openKeyFile(path: string, what: KeyKind, strict: boolean): KeyFile {
  const before = remembered.get(path);
  try {
    const file = readNow(path, what);
    before?.key.fill(0);
    remembered.set(path, { key: file.key.slice(), changedAt: file.changedAt });
    return file;
  } catch (error) {
    const forbidden = error instanceof KeyFileError && error.code === 'EACCES';
    if (!forbidden || strict || before === undefined) throw error;
    return { key: before.key.slice(), changedAt: before.changedAt };
  }
}

function readNow(path: string, what: KeyKind): KeyFile {
  let fd: number;
  try {
    // Without waiting, should it be a pipe or a terminal.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    const code = codeOf(error);
    throw new KeyFileError(`cannot read the ${what} file ${path}: ${advice(code, what)}`, code);
  }
  try {
    const stat = fstatSync(fd);
    const { mode, uid, mtimeMs, size } = stat;
    if (!stat.isFile()) throw new KeyFileError(`the ${what} file ${path} is not a file: name another`, null);
    if ((mode & 0o077) !== 0) {
      throw new KeyFileError(`the ${what} file ${path} can be read by others: chmod 600 ${path}`, null);
    }
    if (uid !== 0 && uid !== process.geteuid?.()) {
      throw new KeyFileError(`the ${what} file ${path} belongs to another user: chown root ${path}`, null);
    }
    const bytes = size > MOST_BYTES ? Buffer.alloc(0) : readFileSync(fd);
    try {
      return { key: parseKey(bytes.toString('latin1').trim(), `the ${what} file ${path}`), changedAt: mtimeMs };
    } finally {
      bytes.fill(0);
    }
  } finally {
    closeSync(fd);
  }
}

function advice(code: string, what: KeyKind): string {
  if (code === 'EACCES') return 'permission denied; run as root, or give the file to the user of the daemon';
  if (code !== 'ENOENT') return code;
  if (what === 'private key') return "it doesn't exist; 'crypto key generate' makes one";
  return "it doesn't exist; 'crypto psk generate file FILE' makes one, or copy it from another host (mode 600)";
}

/** @throws KeyFileError when the text is no key; the text is not in the message */
export function parseKey(text: string, where: string): Uint8Array {
  const key = Buffer.from(text, 'base64');
  const good = key.length === KEY_SIZE && key.toString('base64') === text;
  const copy = new Uint8Array(key);
  key.fill(0);
  if (good) return copy;
  throw new KeyFileError(`${where} does not hold a key: one line of base64, ${KEY_SIZE} bytes, is expected`, null);
}

/**
 * Writes a new key (for X25519 any 32 bytes, RFC 7748) to `path`, mode 0600, never over an existing file: after
 * a crash there is the whole file or none.
 * @returns the key
 * @throws KeyFileError when the file exists or can't be written
 */
export function createKeyFile(path: string, key: Uint8Array = new Uint8Array(randomBytes(KEY_SIZE))): Uint8Array {
  writing(path, () => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
    // A link, unlike a rename, does not replace what is there.
    withTemporary(path, key, (temporary) => linkSync(temporary, path));
  });
  return key;
}

/** Replaces the key in `path`, or writes a new file: after a crash there is the old file or the new one, whole. */
export function replaceKeyFile(path: string, key: Uint8Array): void {
  writing(path, () => withTemporary(path, key, (temporary) => renameSync(temporary, path)));
}

/** Does what changes key files; the kernel's refusals become errors for people. */
export function writing(path: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    const code = codeOf(error);
    const advice =
      code === 'EACCES' || code === 'EROFS' ? `${code}; the daemon's user must be able to write there` : code;
    throw new KeyFileError(
      code === 'EEXIST'
        ? `${path} exists already: a key is never overwritten; move the file away first`
        : `cannot write ${path}: ${advice}`,
      code,
    );
  }
}

/** What was renamed or linked in the directory of `path` survives a crash from now on. */
export function flushDirectoryOf(path: string): void {
  const fd = openSync(dirname(path), 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function withTemporary(path: string, key: Uint8Array, place: (temporary: string) => void): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.${randomBytes(4).toString('hex')}`);
  const text = Buffer.from(`${Buffer.from(key).toString('base64')}\n`, 'latin1');
  const fd = openSync(temporary, 'wx', 0o600);
  try {
    fchmodSync(fd, 0o600);
    writeSync(fd, text);
    fsyncSync(fd);
    place(temporary);
  } finally {
    text.fill(0);
    closeSync(fd);
    unlinkIfAny(temporary);
  }
  flushDirectoryOf(path);
}

export function unlinkIfAny(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String((error as Error).message);
}
