/** Matching, help and completion over the command tree, without a daemon. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { complete } from '../../src/cli/grammar/complete.js';
import { help } from '../../src/cli/grammar/help.js';
import { match } from '../../src/cli/grammar/match.js';
import { errorText, withCaret } from '../../src/cli/grammar/message.js';
import { printCommand } from '../../src/cli/grammar/print.js';
import type { ModeName, Token } from '../../src/cli/grammar/token.js';
import { tree } from '../../src/cli/grammar/tree.js';
import type { ValueSpec } from '../../src/cli/grammar/value.js';
import { parseValue } from '../../src/cli/grammar/value.js';

function meant(mode: ModeName, line: string, inCandidate = false) {
  const found = match(mode, line, inCandidate);
  assert.ok('match' in found, `${line}: ${'error' in found ? errorText(found.error) : ''}`);
  const { command, negated, args, pipes } = found.match;
  return { id: command.id, mode: found.match.mode, negated, args, pipes };
}

function refused(mode: ModeName, line: string) {
  const found = match(mode, line);
  assert.ok('error' in found, `${line} was taken`);
  const { kind, column, reason, expected } = found.error;
  return { kind, column, reason, labels: expected.map(({ label }) => label) };
}

describe('matching', () => {
  it('takes keywords in full, abbreviated, and in any case', () => {
    for (const line of ['show version', 'sh ver', 'SHOW Version', '  sho   v  ', '\tshow\tversion\t']) {
      assert.equal(meant('exec', line).id, 'show version', line);
    }
    assert.equal(meant('exec', 'conf t').id, 'configure terminal');
    assert.equal(meant('exec', 'wr m').id, 'write memory');
  });

  it('takes a whole keyword although a longer one begins with it', () => {
    assert.deepEqual(meant('interface', 'ip address 10.0.0.1/8').id, 'ip address');
    assert.deepEqual(meant('interface', 'ipv6 address fd00::1/64').id, 'ipv6 address');
  });

  it('refuses an ambiguous keyword and names what it could be', () => {
    assert.deepEqual(refused('exec', 'c t'), {
      kind: 'ambiguous',
      column: 0,
      reason: null,
      labels: ['configure', 'copy', 'clear', 'crypto', 'capture'],
    });
    assert.deepEqual(refused('interface', '  mac-table a ').kind, 'incomplete');
    assert.deepEqual(refused('peer-link', 'p 1').labels, ['priority', 'pong-count']);
  });

  it('puts the caret under the word that is wrong', () => {
    assert.equal(refused('exec', 'show bogus').column, 5);
    assert.equal(refused('exec', '   bogus').column, 3);
    assert.equal(refused('interface', 'peer b id 70000').column, 10);
    assert.equal(refused('interface', 'mac-table aging\t9').column, 16);
    assert.equal(refused('exec', 'show version now').column, 13);
    assert.deepEqual(refused('exec', 'show version now').labels, ['|', '<cr>'].slice(1));
    assert.equal(refused('configure', 'crypto cipher des').column, 14);
  });

  it('puts the caret behind a line that is not complete', () => {
    const { kind, column, labels } = refused('peer-link', 'timers 100');
    assert.deepEqual({ kind, column, labels }, { kind: 'incomplete', column: 10, labels: ['<10-600000>'] });
    assert.equal(refused('exec', 'show ').kind, 'incomplete');
  });

  it('knows optional parts and alternatives', () => {
    assert.deepEqual(meant('interface', 'local link 3 address 10.0.0.1 port 5000 device eth0').args, {
      link: 3,
      address: '10.0.0.1',
      port: 5000,
      device: 'eth0',
    });
    assert.deepEqual(meant('interface', 'local link 0 address :: device eth0').args, {
      link: 0,
      address: '::',
      device: 'eth0',
    });
    assert.deepEqual(meant('interface', 'mtu auto').args, { mtu: 'auto' });
    assert.deepEqual(meant('interface', 'mtu a').args, { mtu: 'auto' });
    assert.deepEqual(meant('interface', 'mtu 1500').args, { mtu: 1500 });
    assert.deepEqual(refused('interface', 'mtu big').labels, ['auto', '<576-9000>']);
  });

  it('takes the no form with as little as names the setting, or with the whole line', () => {
    assert.deepEqual(meant('peer-link', 'no timers').args, {});
    assert.deepEqual(meant('peer-link', 'no timers 10 20').args, { interval: 10, hold: 20 });
    assert.equal(meant('peer-link', 'no timers').negated, true);
    assert.deepEqual(meant('interface', 'no local link 2').args, { link: 2 });
    assert.equal(refused('interface', 'no local link').kind, 'incomplete');
    assert.deepEqual(meant('interface', 'no ip address').args, {});
    assert.equal(refused('configure', 'no exit').column, 3);
  });

  it('looks for an unknown command in the modes around, but stays with a known one', () => {
    assert.equal(meant('peer-link', 'public-key AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=').mode, 'peer');
    assert.equal(meant('peer-link', 'peer c id 3').mode, 'interface');
    assert.equal(meant('peer-link', 'hostname x').mode, 'configure');
    assert.equal(meant('peer-link', 'no local link 1').mode, 'interface');
    // `mtu` is a setting of the link: its error is final although the interface would take it.
    assert.equal(refused('peer-link', 'mtu auto').column, 4);
    // `p` is ambiguous here, whatever `p` would be outside.
    assert.equal(refused('peer-link', 'p c id 3').kind, 'ambiguous');
    assert.equal(refused('peer', 'show version').column, 0);
  });

  it('takes text to the end of the line, bars and all', () => {
    assert.deepEqual(meant('peer', 'description  a  b | json ! c ').args, { description: 'a  b | json ! c' });
    assert.deepEqual(meant('peer', 'description | x').args, { description: '| x' });
    assert.match(refused('peer', 'description a\u0007b').reason ?? '', /control character/);
  });

  it('takes pipes on commands that print, and refuses others clearly', () => {
    const json = { id: 'json', args: {} };
    assert.deepEqual(meant('exec', 'show links | json').pipes, [json]);
    assert.deepEqual(meant('exec', 'show links|j').pipes, [json]);
    assert.deepEqual(meant('exec', 'show links|json|count').pipes, [json, { id: 'count', args: {} }]);
    assert.deepEqual(meant('exec', 'show links peer b | json').args, { peer: 'b' });
    assert.deepEqual(refused('exec', 'show links | bogus b').labels, [
      'include',
      'exclude',
      'begin',
      'section',
      'count',
      'json',
      'redirect',
    ]);
    assert.equal(refused('exec', 'show links | json x').column, 18);
    assert.equal(refused('exec', 'show links |').kind, 'incomplete');
    assert.match(refused('exec', 'configure terminal | include x').reason ?? '', /no output to pipe/);
    assert.match(refused('exec', 'write memory | json').reason ?? '', /no data, only text/);
    assert.equal(meant('exec', 'write memory | count').pipes.length, 1);
    assert.equal(refused('exec', '| json').column, 0);
    assert.equal(refused('exec', 'show | json').kind, 'incomplete');
  });

  it('ends a regular expression at a bar with a space before it', () => {
    const stages = (line: string) =>
      meant('exec', `show links ${line}`).pipes.map(({ id, args }) => [id, ...Object.values(args)]);
    assert.deepEqual(stages('| i up|down | exc ^Peer | count'), [
      ['include', 'up|down'],
      ['exclude', '^Peer'],
      ['count'],
    ]);
    assert.deepEqual(stages('| begin  a  b  | count x y | redirect ../f-1'), [
      ['begin', 'a  b'],
      ['count', 'x y'],
      ['redirect', '../f-1'],
    ]);
    assert.deepEqual(stages('| section json'), [['section', 'json']]);
    assert.equal(refused('exec', 'show links | include | count').column, 21);
    assert.match(refused('exec', 'show links | include a( | count').reason ?? '', /'\(' at character 2 is not closed/);
    assert.equal(refused('exec', 'show links | include a(').column, 21);
    assert.match(refused('exec', 'show links | count | json').reason ?? '', /'json' comes first/);
    assert.match(refused('exec', 'show links | redirect f | count').reason ?? '', /nothing can follow/);
    assert.equal(refused('exec', 'show links | redirect').kind, 'incomplete');
  });
});

describe('parameters', () => {
  const takes: [ValueSpec, string, string | number][] = [
    [{ kind: 'integer', min: 0, max: 7 }, '7', 7],
    [{ kind: 'integer', min: 1, max: 65535 }, '00080', 80],
    [{ kind: 'address' }, '192.0.2.1', '192.0.2.1'],
    [{ kind: 'address' }, '2001:DB8:0:0::1', '2001:db8::1'],
    [{ kind: 'address' }, '::', '::'],
    [{ kind: 'endpoint' }, '127.0.0.1:9100', '127.0.0.1:9100'],
    [{ kind: 'endpoint' }, '[FD00:0::1]:1', '[fd00::1]:1'],
    [{ kind: 'prefix', family: 4 }, '10.0.0.1/32', '10.0.0.1/32'],
    [{ kind: 'prefix', family: 6 }, 'FD00:0::1/64', 'fd00::1/64'],
    [{ kind: 'mac' }, '02:AB:00:00:00:01', '02:ab:00:00:00:01'],
    [{ kind: 'mac' }, '02ab.0000.0001', '02:ab:00:00:00:01'],
    [{ kind: 'mac' }, '02-ab-00-00-00-01', '02:ab:00:00:00:01'],
    [{ kind: 'vlans' }, '10', '10'],
    [{ kind: 'vlans' }, 'Untagged', 'untagged'],
    [{ kind: 'vlans' }, '30,20-29,10,untagged,untagged,25', 'untagged,10,20-30'],
    [{ kind: 'vlans' }, '2,1,0004', '1-2,4'],
    [{ kind: 'vlans' }, '1-4094', '1-4094'],
    [{ kind: 'key' }, 'AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=', 'AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='],
    [{ kind: 'name', max: 5 }, 'a-b.c', 'a-b.c'],
    [{ kind: 'device' }, 'enp0s31f6.100', 'enp0s31f6.100'],
    [{ kind: 'path' }, '/etc/sennit/x', '/etc/sennit/x'],
  ];
  for (const [spec, text, value] of takes) {
    it(`${spec.kind} takes ${text}`, () => assert.deepEqual(parseValue(spec, text), { value }));
  }

  const refuses: [ValueSpec, string][] = [
    [{ kind: 'integer', min: 0, max: 7 }, '8'],
    [{ kind: 'integer', min: 1, max: 7 }, '0'],
    [{ kind: 'integer', min: 0, max: 7 }, '-1'],
    [{ kind: 'integer', min: 0, max: 7 }, '1.0'],
    [{ kind: 'integer', min: 0, max: 7 }, '0x1'],
    [{ kind: 'integer', min: 0, max: 7 }, '1e0'],
    [{ kind: 'integer', min: 0, max: 7 }, '00000000001'],
    [{ kind: 'address' }, '256.0.0.1'],
    [{ kind: 'address' }, '10.0.0'],
    [{ kind: 'address' }, '010.0.0.1'],
    [{ kind: 'address' }, 'fe80::1%eth0'],
    [{ kind: 'address' }, '::ffff:10.0.0.1'],
    [{ kind: 'address' }, ':::'],
    [{ kind: 'endpoint' }, '127.0.0.1'],
    [{ kind: 'endpoint' }, '127.0.0.1:0'],
    [{ kind: 'endpoint' }, '127.0.0.1:65536'],
    [{ kind: 'endpoint' }, 'fd00::1:9100'],
    [{ kind: 'endpoint' }, '[127.0.0.1]:9100'],
    [{ kind: 'endpoint' }, '[::ffff:127.0.0.1]:9100'],
    [{ kind: 'prefix', family: 4 }, '10.0.0.1'],
    [{ kind: 'prefix', family: 4 }, '10.0.0.1/33'],
    [{ kind: 'prefix', family: 4 }, '10.0.0.1/0'],
    [{ kind: 'prefix', family: 4 }, 'fd00::1/64'],
    [{ kind: 'prefix', family: 6 }, '10.0.0.1/8'],
    [{ kind: 'prefix', family: 6 }, 'fd00::1/129'],
    [{ kind: 'mac' }, '01:00:00:00:00:01'],
    [{ kind: 'mac' }, '00:00:00:00:00:00'],
    [{ kind: 'mac' }, '02:00:00:00:01'],
    [{ kind: 'mac' }, '02:00-00:00:00:01'],
    [{ kind: 'vlans' }, '0'],
    [{ kind: 'vlans' }, '4095'],
    [{ kind: 'vlans' }, '20-10'],
    [{ kind: 'vlans' }, '10,'],
    [{ kind: 'vlans' }, '10,,20'],
    [{ kind: 'vlans' }, '10-20-30'],
    [{ kind: 'vlans' }, 'all'],
    [{ kind: 'vlans' }, `${'10,'.repeat(333)}10`],
    [{ kind: 'key' }, 'AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'],
    [{ kind: 'key' }, 'AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB='],
    [{ kind: 'key' }, 'AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=='],
    [{ kind: 'key' }, `Ag${'A'.repeat(42)}`],
    [{ kind: 'name', max: 5 }, 'abcdef'],
    [{ kind: 'name', max: 5 }, '-a'],
    [{ kind: 'name', max: 5 }, 'a/b'],
    [{ kind: 'device' }, 'sixteencharacter'],
    [{ kind: 'device' }, '..'],
    [{ kind: 'device' }, 'a%d'],
    [{ kind: 'path' }, 'relative'],
    [{ kind: 'text', max: 3 }, 'four'],
  ];
  for (const [spec, text] of refuses) {
    it(`${spec.kind} refuses ${text}`, () => assert.ok('refusal' in parseValue(spec, text)));
  }
});

describe('help', () => {
  it('lists every command of a mode with its meaning', () => {
    const text = help('peer-link', '');
    for (const command of tree['peer-link'].commands) assert.match(text, new RegExp(`^  ${command.id} +\\S`, 'm'));
    assert.match(text, /^ {2}no +Undo/m);
  });

  it('lists ranges, the end of the line and pipes', () => {
    assert.equal(help('peer-link', 'priority '), '  <0-255>  Priority');
    assert.match(help('exec', 'show links '), /^ {2}peer .*\n {2}detail .*\n {2}\| .*\n {2}<cr>$/);
    const listed = (line: string) =>
      help('exec', line)
        .split('\n')
        .map((row) => row.trim().split(' ')[0]);
    assert.deepEqual(listed('show links | ').slice(0, 2), ['include', 'exclude']);
    assert.deepEqual(listed('show links | json '), ['|', '<cr>']);
    assert.deepEqual(listed('show links | include '), ['REGEX']);
    assert.deepEqual(listed('show links | include a b'), ['REGEX']);
    assert.deepEqual(listed('show links | include a '), ['|', '<cr>']);
    assert.ok(!listed('show links | json | ').includes('json'));
    assert.deepEqual(listed('show links | redirect f '), ['<cr>']);
    assert.match(help('exec', 'configure terminal | '), /no output to pipe/);
    assert.match(help('exec', 'show links | include a( | '), /^% Invalid input.*not closed/);
  });

  it('lists only what an unfinished word can become', () => {
    assert.match(help('exec', 'show li'), /^ {2}links +[^\n]*$/);
    assert.match(help('peer-link', 'publ'), /public-key/);
    assert.match(help('peer-link', 'no pee'), /^ {2}peer /);
    assert.match(help('configure', 'do show v'), /^ {2}version/);
  });

  it('says what is wrong with the words before', () => {
    assert.match(help('exec', 'show bogus '), /^% Invalid input/);
    assert.equal(help('exec', 'zz'), '% Unrecognized command');
  });
});

describe('completion', () => {
  const none = () => [];
  it('finishes a word and adds a space', () => {
    assert.deepEqual(complete('exec', 'sho', none), { insert: 'w ', candidates: ['show'] });
    assert.equal(complete('configure', 'do sho', none).insert, 'w ');
    assert.equal(complete('exec', 'show links | j', none).insert, 'son ');
    assert.equal(complete('peer-link', 'no pee', none).insert, 'r ');
  });

  it('adds what all words have in common', () => {
    assert.deepEqual(complete('interface', 'mac', none), { insert: '-', candidates: ['mac-address', 'mac-table'] });
    assert.deepEqual(complete('interface', 'mac-', none), { insert: '', candidates: ['mac-address', 'mac-table'] });
  });

  it('offers names that exist', () => {
    const live = (source: string) => (source === 'peer' ? ['host2', 'host3'] : []);
    assert.deepEqual(complete('exec', 'show links peer ', live), { insert: 'host', candidates: ['host2', 'host3'] });
    assert.deepEqual(complete('exec', 'show links peer host2', live), { insert: ' ', candidates: ['host2'] });
    assert.deepEqual(complete('exec', 'show bogus ', live), { insert: '', candidates: [] });
  });
});

describe('the tree', () => {
  const words = (tokens: readonly Token[]): Token[] =>
    tokens.flatMap((token) => (token.type === 'choice' || token.type === 'optional' ? words(token.of) : [token]));

  for (const mode of Object.values(tree)) {
    it(`${mode.name}: every command has an id of its own, help for every token, and prints as it matches`, () => {
      assert.equal(new Set(mode.commands.map(({ id }) => id)).size, mode.commands.length);
      for (const command of mode.commands) {
        for (const token of words(command.tokens)) assert.ok('help' in token && token.help.length > 3, command.id);
        const line = printCommand(command, {
          ...{ name: 'n', peer: 'n', id: 1, link: 1, address: '10.0.0.1', port: 1, device: 'd', file: '/f', line: 'x' },
          ...{
            description: 'd',
            mtu: 600,
            mac: '02:00:00:00:00:01',
            seconds: 10,
            entries: 16,
            hostname: 'h',
            network: 'n',
          },
          ...{ cipher: 'aes-256-gcm', policy: 'active', key: 'AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=' },
          ...{ priority: 1, weight: 1, interval: 10, hold: 20, count: 1 },
          ...{ moves: 5, rate: 100, vlans: 'untagged,10,20-29', mebibytes: 4, endpoint: '[::1]:9100' },
          ...{ rows: 24, columns: 80, bridge: 'br0' },
          ...{ topic: 'links', size: 100, format: 'json', level: 'info' },
          ...{ number: 1, to: 0, minutes: 5 },
          prefix: command.id === 'ipv6 address' ? 'fd00::1/64' : '10.0.0.1/8',
        });
        assert.equal(meant(mode.name, line, command.candidate).id, command.id, line);
        if (command.no !== undefined) assert.equal(meant(mode.name, `no ${line}`).negated, true, line);
      }
    });
  }
});

describe('the caret', () => {
  it('stands under its column, also with tabs and in long lines', () => {
    assert.equal(withCaret('ab cd', 3, '  '), '  ab cd\n     ^');
    assert.equal(withCaret('\tab\u0001', 1, ''), ' ab\ufffd\n ^');
    const [line, caret] = withCaret(`${'x'.repeat(5000)}Y${'z'.repeat(5000)}`, 5000, ' ').split('\n') as [
      string,
      string,
    ];
    assert.equal(line[caret.indexOf('^')], 'Y');
    assert.ok(line.length < 120);
  });
});
