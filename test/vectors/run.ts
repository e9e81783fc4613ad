/**
 * Runs published test vectors through the very functions that the daemon uses:
 *
 *   node dist/test/vectors/run.js DIR
 *
 * DIR holds JSON files, known by their content: the cacophony collection (Noise IK and IKpsk2 over
 * 25519, ChaChaPoly, BLAKE2b) and Wycheproof (X25519, ChaCha20-Poly1305, ML-KEM-768). Exit code 1 on
 * any mismatch, and when DIR or a file in it can't be read; 0 with a plain word when it holds no vectors.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Primitives } from '../../src/core/crypto/primitives.js';
import { loadSodium } from '../../src/io/sodium.js';
import { type CacophonyFile, runNoise } from './noise.js';
import { Tally } from './tally.js';
import { runWycheproof, type WycheproofFile } from './wycheproof.js';

function runFile(primitives: Primitives, path: string): Tally | null {
  const file = JSON.parse(readFileSync(path, 'utf8')) as Partial<CacophonyFile & WycheproofFile>;
  if (Array.isArray(file.vectors)) return runNoise(primitives, file as CacophonyFile);
  if (Array.isArray(file.testGroups)) return runWycheproof(primitives, file as WycheproofFile);
  return null;
}

async function main(directory: string | undefined): Promise<number> {
  if (directory === undefined) {
    console.error('usage: run.js DIR, where DIR holds JSON files of test vectors');
    return 1;
  }
  let names: string[];
  try {
    names = readdirSync(directory).filter((name) => name.endsWith('.json'));
  } catch (error) {
    console.error(`cannot read ${directory}: ${(error as Error).message}`);
    return 1;
  }
  const primitives = await loadSodium();
  const total = new Tally('all files');
  let files = 0;
  for (const name of names.sort()) {
    let tally: Tally | null;
    try {
      tally = runFile(primitives, join(directory, name));
    } catch (error) {
      console.log(`${name}: FAILED, it can't be run: ${(error as Error).message}`);
      total.check(name, false);
      continue;
    }
    if (tally === null) {
      console.log(`${name}: no format that is known here, left alone`);
      continue;
    }
    files++;
    console.log(`${name}: ${tally.summary()}`);
    for (const line of tally.details()) console.log(`  ${line}`);
    total.add(tally);
  }
  if (files === 0 && total.failed === 0) {
    console.log(`no test vectors in ${directory}: nothing was checked`);
    return 0;
  }
  console.log(`total: ${total.summary()}`);
  return total.failed === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv[2]);
