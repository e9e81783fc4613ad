/** What the log says of refused lines: what the grammar knows of them, and nothing that may be a secret. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ModeName } from '../../src/cli/grammar/token.js';
import { recognised } from '../../src/cli/recognised.js';
import { CommandSession } from '../../src/cli/session.js';
import type { Fields } from '../../src/log/log.js';
import { EngineDouble } from './engine-double.js';

describe('of a refused line', () => {
  const cases: [ModeName, string, string][] = [
    ['exec', 'sh pee b', 'show peers b'],
    ['exec', 'hunter2', '…'],
    ['exec', 'show hunter2', 'show …'],
    ['exec', 'show peers | include hunter2', 'show peers …'],
    ['exec', 'test failover peer b link 9', 'test failover peer b link …'],
    ['exec', 'crypto psk enter hunter2', 'crypto psk enter …'],
    ['configure', 'hostname hunter2/', 'hostname …'],
    ['configure', 'crypto psk file hunter2', 'crypto psk file …'],
    ['configure', 'crypto psk file /hunter2 more', 'crypto psk file FILE …'],
    ['configure', 'metrics listen 127.0.0.1:9100', 'metrics listen 127.0.0.1:9100'],
    ['configure', `network ${'k'.repeat(43)}`, 'network NAME'],
    ['configure', 'do show hunter2', 'do show …'],
    ['interface', 'desc hunter2 and more', 'description TEXT'],
    ['peer', 'no hunter2', '…'],
    ['peer', 'no public-key hunter2', 'no public-key …'],
    ['peer', 'peer c id 3', 'peer c id 3'],
    ['peer-link', 'crypto psk file hunter2', 'crypto psk file …'],
  ];
  for (const [mode, line, expected] of cases)
    it(`in ${mode}: ${line}`, () => assert.equal(recognised(mode, line), expected));

  it('no word is logged that the grammar does not know', async () => {
    const logged: (Fields | undefined)[] = [];
    const log = (_level: unknown, _event: string, fields?: Fields): void => void logged.push(fields);
    const secret = fc.stringMatching(/^[A-Za-z0-9+/!%&]{8,31}$/).map((text) => `${text}?`);
    const before = fc.constantFrom(
      '',
      'show ',
      'crypto psk file ',
      'join ',
      'ping ',
      'configure ',
      'no ',
      'do ',
      'copy ',
    );
    const modes = fc.constantFrom([], ['configure terminal'], ['configure terminal', 'interface t0', 'peer b id 2']);
    await fc.assert(
      fc.asyncProperty(modes, before, secret, before, async (way, first, password, last) => {
        const session = new CommandSession(new EngineDouble(), { startupFile: '/nowhere', log });
        for (const line of way) await session.run(line);
        logged.length = 0;
        const { ok } = await session.run(`${first}${password} ${last}`);
        if (!ok) assert.ok(!JSON.stringify(logged).includes(password), JSON.stringify(logged));
      }),
      { numRuns: 300 },
    );
  });
});
