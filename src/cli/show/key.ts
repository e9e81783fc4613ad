/** `show crypto key`: the public keys only. The private keys are never printed. */
import type { KeyStatus } from '../../control/engine.js';
import { duration } from './quantity.js';

export function keyData({ publicKey, next, old }: KeyStatus): KeyStatus {
  return { publicKey, next, old: old && { publicKey: old.publicKey, secondsLeft: old.secondsLeft } };
}

/** The first line is the key that peers are to know; what is behind it matters only while a key is rolled. */
export function keyText({ publicKey, next, old }: KeyStatus): string {
  if (publicKey === null) return "This host has no key: 'crypto key generate' makes one.";
  const lines = [publicKey];
  if (next !== null) lines.push(`Next: ${next}`, "      ('crypto key roll' brings it; all peers must know it before)");
  if (old !== null)
    lines.push(`Old:  ${old.publicKey}`, `      (answered to for another ${duration(old.secondsLeft * 1000)})`);
  return lines.join('\n');
}
