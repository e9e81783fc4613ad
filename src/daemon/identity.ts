/** Who this host is: its keys, id and network, read from files when the configuration names them. */

import { existsSync } from 'node:fs';
import type { Config } from '../config/model.js';
import { EngineError } from '../control/engine.js';
import type { Primitives } from '../core/crypto/primitives.js';
import type { IdentityOptions } from '../core/session/exchange.js';
import { readKeyFile } from './key-files.js';

/**
 * The identity that a configuration gives this host; null while it has no interface, no host id, or no
 * key file yet (then it can't reach anybody).
 * @throws EngineError when a file is there but can't be used, or a pre-shared key is missing
 */
export function identityOf(config: Config): IdentityOptions | null {
  const hostId = config.interface?.hostId ?? null;
  const networkPsk = config.pskFile === null ? null : readKeyFile(config.pskFile, 'pre-shared key');
  if (hostId === null || !existsSync(config.keyFile)) return null;
  const secretKey = readKeyFile(config.keyFile, 'private key');
  return { secretKey, hostId, network: config.network, cipher: config.cipher, networkPsk };
}

/** Public key of the configured private key in base64; null without one. */
export function publicKeyOf(config: Config, primitives: Primitives): string | null {
  if (!existsSync(config.keyFile)) return null;
  try {
    const secret = readKeyFile(config.keyFile, 'private key');
    const text = Buffer.from(primitives.x25519Base(secret)).toString('base64');
    secret.fill(0);
    return text;
  } catch (error) {
    if (error instanceof EngineError) return null;
    throw error;
  }
}
