/** The network's pre-shared key as it comes with the answer to a join: into a file, for the configuration to name. */
import { existsSync, unlinkSync } from 'node:fs';
import { EngineError } from '../control/engine.js';
import { createKeyFile, readKeyFile } from './key-files.js';

/**
 * Sees to it that a file holds `psk`, and wipes it.
 * @param configured the file that is configured, if one is; it must hold the same
 * @param wanted the file to write otherwise; one that is there is never overwritten
 * @throws EngineError
 */
export function keepPsk(configured: string | null, wanted: string, psk: Uint8Array): { path: string; isNew: boolean } {
  const path = configured ?? wanted;
  try {
    if (configured === null && !existsSync(wanted)) {
      createKeyFile(wanted, psk);
      return { path, isNew: true };
    }
    const present = readKeyFile(path, 'pre-shared key');
    const same = Buffer.compare(present, psk) === 0;
    present.fill(0);
    if (same) return { path, isNew: false };
    throw new EngineError(
      `${path} holds another pre-shared key than the inviter's network has: move it away, or copy the inviter's; then join again`,
    );
  } finally {
    psk.fill(0);
  }
}

/** Takes back a file that `keepPsk` made. */
export function removePsk(path: string): void {
  unlinkSync(path);
}
