/**
 * Key files: one line of base64, 32 bytes, readable by the owner only. What is in them never leaves
 * this file but as bytes for the handshake.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, mkdirSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { EngineError } from '../control/engine.js';

const KEY_SIZE = 32;

export type KeyKind = 'private key' | 'pre-shared key';

/**
 * Reads a private or pre-shared key.
 * @throws EngineError when the file is missing, readable by others, or no key.
 */
export function readKeyFile(path: string, what: KeyKind): Uint8Array {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new EngineError(`cannot read the ${what} file ${path}: ${advice(code, what, path)}`);
  }
  try {
    const { mode } = fstatSync(fd);
    if ((mode & 0o077) !== 0) {
      throw new EngineError(`the ${what} file ${path} can be read by others: chmod 600 ${path}`);
    }
    return parseKey(readFileSync(fd, 'latin1').trim(), path, what);
  } finally {
    closeSync(fd);
  }
}

function advice(code: string, what: KeyKind, path: string): string {
  if (code === 'EACCES') return 'permission denied; run as root, or give the file to the user of the daemon';
  if (code !== 'ENOENT') return code;
  if (what === 'private key') return "it doesn't exist; 'crypto key generate' makes one";
  return `it doesn't exist; copy it from another host, or make it: (umask 077; head -c 32 /dev/urandom | base64 > ${path})`;
}

function parseKey(text: string, path: string, what: KeyKind): Uint8Array {
  const key = Buffer.from(text, 'base64');
  if (key.length !== KEY_SIZE || key.toString('base64') !== text) {
    throw new EngineError(
      `the ${what} file ${path} does not hold a key: one line of base64, ${KEY_SIZE} bytes, is expected`,
    );
  }
  return new Uint8Array(key);
}

/**
 * Writes a new private key (RFC 7748: any 32 bytes) to `path`, mode 0600, never over an existing file.
 * @returns the key
 * @throws EngineError when the file exists or can't be written
 */
export function createKeyFile(path: string): Uint8Array {
  const key = new Uint8Array(randomBytes(KEY_SIZE));
  writeKeyFile(path, key);
  return key;
}

/**
 * Writes a key to `path`, mode 0600, never over an existing file.
 * @throws EngineError when the file exists or can't be written
 */
export function writeKeyFile(path: string, key: Uint8Array): void {
  let fd: number;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
    fd = openSync(path, 'wx', 0o600);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EEXIST')
      throw new EngineError(`${path} exists already: a key is never overwritten; move the file away first`);
    throw new EngineError(`cannot write ${path}: ${code}`);
  }
  try {
    writeSync(fd, `${Buffer.from(key).toString('base64')}\n`);
    fsyncSync(fd);
  } catch (error) {
    unlinkSync(path);
    throw new EngineError(`cannot write ${path}: ${(error as NodeJS.ErrnoException).code}`);
  } finally {
    closeSync(fd);
  }
}
