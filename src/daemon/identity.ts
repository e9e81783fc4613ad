/** Who this host is: its keys, id and network, read from files when the configuration names them. */

import type { Config } from '../config/model.js';
import type { KeyStatus } from '../control/engine.js';
import { EngineError } from '../control/engine.js';
import type { Primitives } from '../core/crypto/primitives.js';
import type { IdentityOptions } from '../core/session/exchange.js';
import { type HostKeys, readHostKeys } from './host-keys.js';
import { readKeyFile } from './key-files.js';

/**
 * The identity that a configuration gives this host; null while it has no interface, no host id, or no
 * key file yet (then it can't reach anybody). `wipeIdentity` when it has been taken over.
 * @param strict files that can't be read any more are an error, even if they were read before
 * @throws EngineError when a file is there but can't be used, or a pre-shared key is missing
 */
export function identityOf(config: Config, strict = false): IdentityOptions | null {
  const hostId = config.interface?.hostId ?? null;
  const networkPsk = config.pskFile === null ? null : readKeyFile(config.pskFile, 'pre-shared key', strict);
  const keys = hostId === null ? null : readKeys(config, strict);
  if (hostId === null || keys === null) return null;
  const answerKeys = [keys.next, keys.old?.key ?? null].filter((key) => key !== null);
  return { secretKey: keys.current, answerKeys, hostId, network: config.network, cipher: config.cipher, networkPsk };
}

export function wipeIdentity(identity: IdentityOptions | null): void {
  for (const key of [identity?.secretKey, ...(identity?.answerKeys ?? []), identity?.networkPsk]) key?.fill(0);
}

/** Public keys of the configured private keys in base64. */
export function keyStatusOf(config: Config, primitives: Primitives): KeyStatus {
  const keys = readKeysIfGood(config);
  if (keys === null) return { publicKey: null, next: null, old: null };
  const publicKey = (secret: Uint8Array): string => {
    const text = Buffer.from(primitives.x25519Base(secret)).toString('base64');
    secret.fill(0);
    return text;
  };
  const { current, next, old } = keys;
  return {
    publicKey: publicKey(current),
    next: next && publicKey(next),
    old: old && { publicKey: publicKey(old.key), secondsLeft: Math.ceil((old.until - Date.now()) / 1000) },
  };
}

function readKeysIfGood(config: Config): HostKeys | null {
  try {
    return readKeys(config, false);
  } catch (error) {
    if (error instanceof EngineError) return null;
    throw error;
  }
}

function readKeys(config: Config, strict: boolean): HostKeys | null {
  return readHostKeys(config.keyFile, config.keyOverlap * 1000, Date.now(), strict);
}
