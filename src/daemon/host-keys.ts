/**
 * This host's private keys on disk: KEYFILE; KEYFILE.next, made beforehand so that the peers can be told its
 * public key; KEYFILE.old, to which initiations are still answered for the overlap after a roll, counted
 * from the time of the file.
 *
 * A roll is a row of renames and links, each of which leaves a good set of files, so a crash between any
 * two costs nothing: KEYFILE is always there, and the roll has happened when KEYFILE.next took its place.
 */
import { linkSync, renameSync, utimesSync } from 'node:fs';
import { EngineError } from '../control/engine.js';
import { createKeyFile, flushDirectoryOf, KeyFileError, readKeyFileIfAny, unlinkIfAny, writing } from './key-files.js';

const KIND = 'private key';

export interface HostKeys {
  readonly current: Uint8Array;
  readonly next: Uint8Array | null;
  /** `until`: ms since 1970. */
  readonly old: { readonly key: Uint8Array; readonly until: number } | null;
}

export const nextFile = (path: string): string => `${path}.next`;
export const oldFile = (path: string): string => `${path}.old`;

/** The files of a key, those that need not exist included. */
export function keyFilesOf(path: string): string[] {
  return [path, nextFile(path), oldFile(path)];
}

/**
 * The keys that count now; null when there is none.
 * @param overlap milliseconds for which an old key counts
 * @param now ms since 1970
 * @throws KeyFileError when a file is there but can't be used
 */
export function readHostKeys(path: string, overlap: number, now: number, strict = false): HostKeys | null {
  const current = readKeyFileIfAny(path, KIND, strict)?.key ?? null;
  if (current === null) return null;
  const next = readBeside(nextFile(path), strict);
  const old = readBeside(oldFile(path), strict);
  const until = old === null ? 0 : old.changedAt + overlap;
  // A roll that was cut short leaves the same key under both names; a clock that was set back gives no more time.
  const counts = old !== null && now < until && !same(old.key, current);
  return {
    current,
    next: next?.key ?? null,
    old: counts ? { key: old.key, until: Math.min(until, now + overlap) } : null,
  };
}

/** A file that a daemon without root may be unable to look for does not exist. */
function readBeside(path: string, strict: boolean): ReturnType<typeof readKeyFileIfAny> {
  try {
    return readKeyFileIfAny(path, KIND, strict);
  } catch (error) {
    if (error instanceof KeyFileError && error.code === 'EACCES') return null;
    throw error;
  }
}

/**
 * Makes the key that is to come next, which is never written over.
 * @throws KeyFileError when there is one, or it can't be written
 */
export function createNextKey(path: string): Uint8Array {
  if (readKeyFileIfAny(path, KIND) === null)
    throw new EngineError(`there is no key yet that another could follow: 'crypto key generate' makes one`);
  return createKeyFile(nextFile(path));
}

/**
 * KEYFILE becomes KEYFILE.old, KEYFILE.next becomes KEYFILE.
 * @throws EngineError when there is no next key, or files can't be renamed
 */
export function rollHostKey(path: string, now: number): void {
  if (readKeyFileIfAny(nextFile(path), KIND) === null) {
    throw new EngineError(
      "there is no next key: 'crypto key generate next' makes one; give its public key to all peers before you roll",
    );
  }
  if (readKeyFileIfAny(path, KIND) === null) throw new EngineError(`there is no key in ${path}`);
  for (const step of rollSteps(path, now)) writing(path, step);
}

/** The steps of a roll, for a test that stops after each. */
export function rollSteps(path: string, now: number): (() => void)[] {
  const rolling = `${path}.rolling`;
  return [
    () => unlinkIfAny(rolling),
    () => linkSync(path, rolling),
    () => utimesSync(rolling, now / 1000, now / 1000),
    () => renameSync(rolling, oldFile(path)),
    // A rename between two names of one file does nothing: that of a roll that was cut short here.
    () => unlinkIfAny(rolling),
    () => flushDirectoryOf(path),
    () => renameSync(nextFile(path), path),
    () => flushDirectoryOf(path),
  ];
}

/** Removes the old key, whose time is over. */
export function removeOldKey(path: string): void {
  writing(oldFile(path), () => {
    unlinkIfAny(oldFile(path));
    flushDirectoryOf(path);
  });
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
