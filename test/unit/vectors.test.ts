/** The program behind `npm run vectors`: it passes what is right, names what is not, and ends accordingly. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../vectors/run.js', import.meta.url));

/** RFC 7748, 6.1. */
const X25519 = {
  tcId: 1,
  flags: [],
  private: '77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a',
  public: 'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f',
  shared: '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742',
  result: 'valid',
};
/** RFC 8439, 2.8.2. */
const CHACHA = {
  tcId: 2,
  flags: [],
  key: '808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f',
  iv: '070000004041424344454647',
  aad: '50515253c0c1c2c3c4c5c6c7',
  msg: Buffer.from(
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
  ).toString('hex'),
  ct:
    'd31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b' +
    '1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc' +
    '3ff4def08e4b7a9de576d26586cec64b6116',
  tag: '1ae10b594f09e26a7e902ecbd0600691',
  result: 'valid',
};

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sennit-vectors-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function put(name: string, content: unknown): void {
  writeFileSync(join(directory, name), typeof content === 'string' ? content : JSON.stringify(content));
}

function x25519(...tests: object[]): object {
  return { algorithm: 'XDH', testGroups: [{ curve: 'curve25519', tests }] };
}

function run(): { status: number | null; stdout: string } {
  return spawnSync(process.execPath, [PROGRAM, directory], { encoding: 'utf8' });
}

test('what is right passes, with counts for each file and for all, and reasons for what is skipped', () => {
  put('a.json', x25519(X25519));
  const other = { ...CHACHA, iv: `${CHACHA.iv}00` };
  put('b.json', { algorithm: 'CHACHA20-POLY1305', testGroups: [{ tests: [CHACHA, other] }] });
  put('c.json', { algorithm: 'RSA', testGroups: [{ tests: [{}, {}] }] });
  put('d.json', { something: 'else' });
  const { status, stdout } = run();
  assert.match(stdout, /^a\.json: Wycheproof XDH, run 1, passed 1, skipped 0$/m);
  assert.match(stdout, /^b\.json: .*, run 1, passed 1, skipped 1\n {2}skipped 1: the nonce is always 12 bytes here$/m);
  assert.match(stdout, /^ {2}skipped 2: an algorithm that Sennit does not use$/m);
  assert.match(stdout, /^d\.json: no format that is known here, left alone$/m);
  assert.match(stdout, /^total: all files, run 2, passed 2, skipped 3$/m);
  assert.equal(status, 0);
});

test('one wrong digit, or something forged that is taken: a mismatch', () => {
  put('a.json', x25519(X25519, { ...X25519, tcId: 7, shared: `5${X25519.shared.slice(1)}` }));
  const { status, stdout } = run();
  assert.match(stdout, /run 2, passed 1, skipped 0, 1 FAILED\n {2}MISMATCH test 7/);
  assert.equal(status, 1);
  put('a.json', { algorithm: 'CHACHA20-POLY1305', testGroups: [{ tests: [{ ...CHACHA, result: 'invalid' }] }] });
  assert.equal(run().status, 1);
});

test('a file that can not be run is a failure, and the others are run all the same', () => {
  put('a.json', '{"testGroups": [');
  put('b.json', { vectors: [{ protocol_name: 'Noise_IK_25519_ChaChaPoly_BLAKE2b' }] });
  put('c.json', x25519(X25519));
  const { status, stdout } = run();
  assert.match(stdout, /^a\.json: FAILED, it can't be run: /m);
  assert.match(stdout, /^b\.json: FAILED, it can't be run: /m);
  assert.match(stdout, /^c\.json: .* passed 1/m);
  assert.match(stdout, /^total: .*, 2 FAILED$/m);
  assert.equal(status, 1);
});

test('a directory without vectors is said to be one', () => {
  const { status, stdout } = run();
  assert.match(stdout, /nothing was checked/);
  assert.equal(status, 0);
});
