/** Wycheproof's vectors: valid ones must give the stated result, invalid ones must be refused. */
import type { Primitives } from '../../src/core/crypto/primitives.js';
import { Tally } from './tally.js';

interface Test {
  tcId: number;
  comment?: string;
  flags: string[];
  result: 'valid' | 'acceptable' | 'invalid';
  [field: string]: unknown;
}

export interface WycheproofFile {
  algorithm: string;
  testGroups: { parameterSet?: string; curve?: string; tests: Test[] }[];
}

/** True: as it should be. A text: why the test doesn't apply. */
type Outcome = boolean | string;

export function runWycheproof(primitives: Primitives, file: WycheproofFile): Tally {
  const tally = new Tally(`Wycheproof ${file.algorithm}`);
  for (const group of file.testGroups) {
    const run = choose(primitives, file.algorithm, group.parameterSet ?? group.curve);
    for (const test of group.tests) {
      const outcome = run === null ? 'an algorithm that Sennit does not use' : run(test);
      if (typeof outcome === 'string') tally.skip(outcome);
      else tally.check(`test ${test.tcId} (${test.result}) ${test.comment ?? ''}`, outcome);
    }
  }
  return tally;
}

function choose(primitives: Primitives, algorithm: string, parameters: string | undefined) {
  if (algorithm === 'XDH' && parameters === 'curve25519') return (test: Test) => x25519(primitives, test);
  if (algorithm === 'CHACHA20-POLY1305') return (test: Test) => chacha(primitives, test);
  if (algorithm === 'ML-KEM' && parameters === 'ML-KEM-768') return (test: Test) => mlKem(primitives, test);
  return null;
}

/** "Acceptable" ones must give the stated result too, but for an all-zero secret, which must be refused. */
function x25519(primitives: Primitives, test: Test): Outcome {
  const shared = primitives.x25519(bytes(test.private), bytes(test.public));
  if (test.flags.includes('ZeroSharedSecret')) return shared === null;
  return shared !== null && hex(shared) === test.shared;
}

function chacha(primitives: Primitives, test: Test): Outcome {
  const nonce = bytes(test.iv);
  if (nonce.length !== 12) return 'the nonce is always 12 bytes here';
  const sealed = `${test.ct}${test.tag}`;
  const opened = primitives.chachaOpen(bytes(test.key), nonce, bytes(test.aad), bytes(sealed));
  if (test.result === 'invalid') return opened === null;
  const made = primitives.chachaSeal(bytes(test.key), nonce, bytes(test.aad), bytes(test.msg));
  return opened !== null && hex(opened) === test.msg && hex(made) === sealed;
}

function mlKem(primitives: Primitives, test: Test): Outcome {
  let secret: Uint8Array;
  let encapsulationKey: Uint8Array;
  try {
    const pair = primitives.kemKeyPair(bytes(test.seed));
    encapsulationKey = pair.encapsulationKey;
    secret = primitives.kemDecapsulate(pair.decapsulationKey, bytes(test.c));
  } catch {
    return test.result === 'invalid';
  }
  return test.result !== 'invalid' && hex(encapsulationKey) === test.ek && hex(secret) === test.K;
}

function bytes(text: unknown): Uint8Array {
  return new Uint8Array(Buffer.from(String(text), 'hex'));
}

function hex(data: Uint8Array): string {
  return Buffer.from(data).toString('hex');
}
