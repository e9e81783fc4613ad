/** A change of the configuration that the daemon makes itself, in the way of those that people make. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { CommandQueue } from '../cli/queue.js';
import { diff } from '../config/diff.js';
import type { Config } from '../config/model.js';
import { render } from '../config/render.js';
import { StoreError, writeConfigFile } from '../config/store.js';
import { validate } from '../config/validate.js';
import { type Engine, EngineError } from '../control/engine.js';
import { readKeyFile } from './key-files.js';

/** Where a daemon keeps what must outlive it, and the queue that its changes wait in. */
export interface Keeping {
  /** What `write memory` writes. */
  readonly startupFile: string;
  /** For what is neither configuration nor key. */
  readonly stateDirectory: string;
  readonly queue: CommandQueue;
}

/** Applies `next`, unless it brings in a contradiction. @throws EngineError; then nothing has changed */
export async function change(engine: Engine, next: Config): Promise<void> {
  const running = engine.running();
  if (diff(running, next).length === 0) return;
  const known = new Set(validate(running));
  const errors = validate(next).filter((error) => !known.has(error));
  if (errors.length > 0) throw new EngineError(errors.join('\n% '));
  await engine.commits.apply(next);
}

/**
 * Writes what runs to the startup file, as `write memory` does.
 * @param done what has been done by now, for the message
 * @throws StoreError
 */
export async function save(engine: Engine, { startupFile }: Keeping, done: string): Promise<void> {
  try {
    engine.commits.mayBeSaved();
    await mkdir(dirname(startupFile), { recursive: true, mode: 0o750 });
    await writeConfigFile(startupFile, render(engine.running()));
  } catch (error) {
    throw new StoreError(`${done}, but not saved: ${(error as Error).message}`, null);
  }
}

/** This host's private key, made if there is none yet; the caller wipes it. @throws EngineError */
export async function ownSecret(engine: Engine): Promise<{ secretKey: Uint8Array; isNew: boolean }> {
  const { keyFile } = engine.running();
  const isNew = !existsSync(keyFile);
  if (isNew) await engine.generateKey();
  return { secretKey: readKeyFile(keyFile, 'private key'), isNew };
}
