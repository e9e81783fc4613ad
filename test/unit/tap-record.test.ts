/** What the daemon remembers of what it has put on its interface. */
import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, it } from 'node:test';
import { isStateFile } from '../../src/daemon/state-file.js';
import { either, NOTHING, TapRecord } from '../../src/daemon/tap-record.js';

const root = mkdtempSync(join(tmpdir(), 'sennit-tap-record-'));
after(() => rmSync(root, { recursive: true }));

let directory = root;
let round = 0;
const said: string[] = [];
beforeEach(() => {
  directory = join(root, String(++round));
  mkdirSync(directory);
  said.length = 0;
});

const record = (): TapRecord => new TapRecord(directory, (_level, event) => void said.push(event));
const OURS = { addresses: ['10.0.0.1/24', 'fd00::1/64'], bridge: 'br0' };

it('is read again for the same interface, and for no other', () => {
  record().note('sn0', 7, OURS);
  assert.deepEqual(record().of('sn0', 7), OURS);
  assert.deepEqual(record().of('sn0', 8), NOTHING, 'one that was deleted and made again');
  assert.deepEqual(record().of('sn1', 7), NOTHING);
  record().note('sn0', 7, NOTHING);
  assert.deepEqual(record().of('sn0', 7), NOTHING);
  assert.deepEqual(said, []);
});

it('has a file of the state directory, for the daemon alone, whatever a killed one has left beside it', () => {
  const left = join(directory, `.interface.${process.pid}`);
  const elsewhere = join(root, 'elsewhere');
  writeFileSync(elsewhere, 'precious');
  symlinkSync(elsewhere, left);
  record().note('sn0', 7, OURS);
  assert.deepEqual(readdirSync(directory), ['interface']);
  assert.equal(statSync(join(directory, 'interface')).mode & 0o777, 0o600);
  assert.equal(readFileSync(elsewhere, 'utf8'), 'precious');
  for (const name of ['interface', '.interface.1']) assert.ok(isStateFile(name), name);
  assert.ok(!isStateFile('interfaces'));
});

for (const text of ['', '{', 'null', '[]', '7', '{"name":"sn0","index":7}', '{"name":"sn0","index":7,"addresses":"x"}'])
  it(`is nothing where the file says ${JSON.stringify(text)}`, () => {
    writeFileSync(join(directory, 'interface'), text);
    assert.deepEqual(record().of('sn0', 7), NOTHING);
  });

it('leaves out what is no text', () => {
  writeFileSync(
    join(directory, 'interface'),
    '{"name":"sn0","index":7,"addresses":[1,"10.0.0.1/24",null],"bridge":{}}',
  );
  assert.deepEqual(record().of('sn0', 7), { addresses: ['10.0.0.1/24'], bridge: null });
});

it('says once that it can not be written, and goes on', () => {
  rmSync(directory, { recursive: true });
  const kept = record();
  for (let i = 0; i < 3; i++) kept.note('sn0', 7, OURS);
  assert.deepEqual(said, ['interface-not-noted']);
  assert.deepEqual(kept.of('sn0', 7), NOTHING);
});

it('has both while one becomes the other', () => {
  const next = { addresses: ['fd00::1/64', '10.0.0.2/24'], bridge: null };
  assert.deepEqual(either(OURS, next), { addresses: ['10.0.0.1/24', 'fd00::1/64', '10.0.0.2/24'], bridge: 'br0' });
});
