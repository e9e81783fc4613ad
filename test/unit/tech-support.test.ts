/** Whatever ends up in the daemon's answers, `show tech-support` shows no key. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { CommandSession } from '../../src/cli/session.js';
import { cutKeys } from '../../src/cli/show/tech-support.js';
import { Shells } from '../../src/control/shells.js';
import { EngineDouble } from '../cli/engine-double.js';

/** 32 bytes or more in base64, however it is written, or in hexadecimal. */
const KEY = /[A-Za-z0-9+/_-]{43}=|[A-Za-z0-9+_-]{43}/;

async function filled(secrets: string[]): Promise<{ engine: EngineDouble; session: CommandSession }> {
  const [description = '', , counter = '', mac = ''] = secrets;
  const engine = new EngineDouble();
  const shells = new Shells();
  const fields = { error: `oops ${description}` };
  shells.journal.record({ time: '2030-01-01T00:00:00.000Z', level: 'error', event: 'fault', fields });
  const session = new CommandSession(engine, { startupFile: '/nowhere', shells });
  const publicKey = randomBytes(32).toString('base64');
  for (const line of [
    'configure terminal',
    'crypto psk file /etc/sennit/a/very/long/path/to/the/keys/of/this/network/net.psk',
    'interface t0',
    `description by mistake ${description}`,
    'peer b id 2',
    `public-key ${publicKey}`,
    `description ${secrets.join(' ')}`,
    'link 0',
    'address 10.0.0.2',
    'end',
  ]) {
    const { ok, output } = await session.run(line);
    assert.ok(ok, output);
  }
  engine.counters = () => ({ [`odd.${counter}`]: 1 });
  engine.macTable = async () => [{ mac: '02:00:00:00:00:02', peer: mac, ageSeconds: 1, heldSeconds: 0 }];
  secrets.push(publicKey);
  return { engine, session };
}

describe('show tech-support', () => {
  for (const command of ['show tech-support', 'show tech-support | json']) {
    it(`${command} has all sections, and no key`, async () => {
      for (let round = 0; round < 50; round++) {
        const secrets = Array.from({ length: 4 }, () => randomBytes(32).toString('base64'));
        secrets.splice(1, 1, randomBytes(32).toString('hex'));
        const { session } = await filled(secrets);
        const { ok, output } = await session.run(command);
        assert.ok(ok, output);
        assert.doesNotMatch(output, KEY);
        for (const secret of secrets) assert.ok(!output.includes(secret.slice(0, 12)), secret);
        for (const secret of secrets) assert.ok(output.includes(`${secret.slice(0, 6)}…`), secret);
        for (const what of [
          'version',
          'running-config',
          'interface',
          'peers',
          'links',
          'mac-table',
          'counters',
          'logging',
          'log',
        ])
          assert.ok(output.includes(`show ${what}`), what);
        for (const kept of ['by mistake', 'oops', '10.0.0.2', '/a/very/long/path/to/the/keys/of/this/network/net.psk'])
          assert.ok(output.includes(kept), kept);
      }
    });
  }

  it('is for readers too', async () => {
    const session = new CommandSession(new EngineDouble(), { startupFile: '/nowhere', role: 'reader' });
    assert.ok((await session.run('show tech-support')).ok);
  });
});

describe('cutKeys', () => {
  const bytes = randomBytes(48);
  const cases: [what: string, string, string][] = [
    ['plain text stays', 'plain text, a name, 02:00:00:00:00:02', 'plain text, a name, 02:00:00:00:00:02'],
    ['base64 is cut', bytes.subarray(0, 32).toString('base64'), `${bytes.toString('base64').slice(0, 6)}…`],
    ['base64url is cut', bytes.toString('base64url'), `${bytes.toString('base64url').slice(0, 6)}…`],
    ['hexadecimal is cut', `x=${bytes.toString('hex')};`, `x=${bytes.toString('hex').slice(0, 6)}…;`],
    ['a path stays', `${'/abcdefghi'.repeat(8)}`, `${'/abcdefghi'.repeat(8)}`],
  ];
  for (const [what, text, expected] of cases) it(what, () => assert.equal(cutKeys(text), expected));
});
