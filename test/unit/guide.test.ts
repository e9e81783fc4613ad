/** How a guide is read, and how what is printed is compared with it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GuideError, readGuide } from '../../lab/guide.js';
import { Words } from '../../lab/guide-words.js';

const HOSTS = ['node1', 'node2', 'vm'];
const guide = (...lines: string[]) => readGuide(lines.join('\n'), HOSTS, ['node1', 'node2']);
const steps = (...lines: string[]) => guide(...lines).steps;
const refused = (says: RegExp, ...lines: string[]) =>
  assert.throws(
    () => guide(...lines),
    (error) => error instanceof GuideError && says.test(error.message),
  );

describe('terminals of a guide', () => {
  it('have commands of both shells, each with what it prints', () => {
    const found = steps(
      '```console',
      'root@node1:~# ping -c 1 10.99.0.2',
      'PING 10.99.0.2',
      '…',
      '',
      'root@node1:~# sennit',
      "Sennit … '?' lists what can be typed.",
      'node1# show peers',
      'other# is printed',
      'node1# configure terminal',
      'node1(config)# hostname a#b',
      '```',
    );
    const shown = found.map(
      (step) =>
        step.kind !== 'file' && step.kind !== 'run' && [step.line, step.host, step.command, step.expected.lines],
    );
    assert.deepEqual(shown, [
      [2, 'node1', 'ping -c 1 10.99.0.2', ['PING 10.99.0.2', '…']],
      [6, 'node1', 'sennit', ["Sennit … '?' lists what can be typed."]],
      [8, 'node1', 'show peers', ['other# is printed']],
      [10, 'node1', 'configure terminal', []],
      [11, 'node1', 'hostname a#b', []],
    ]);
    assert.deepEqual(
      found.map((step) => [step.kind, 'prompt' in step ? step.prompt : '', 'repeat' in step && step.repeat]),
      [
        ['shell', '', false],
        ['shell', '', false],
        ['sennit', 'node1#', true],
        ['sennit', 'node1#', false],
        ['sennit', 'node1(config)#', false],
      ],
    );
  });

  it('go on below a command, and run on every host that is named', () => {
    const [first, second, third] = steps(
      'Something else. On node1 and node2:',
      '```console',
      "# cat > /etc/motd <<'END'",
      '> hello',
      '> END',
      '```',
      'On every host, once more:',
      '```console',
      '# true',
      '```',
    );
    assert.ok(first?.kind === 'shell' && second?.kind === 'shell' && third?.kind === 'shell');
    assert.deepEqual([first.host, second.host, third.host], ['node1', 'node2', 'node1']);
    assert.equal(first.command, "cat > /etc/motd <<'END'\nhello\nEND");
    assert.deepEqual(first.expected.lines, []);
  });

  it('take what comments say, for the next block only', () => {
    const {
      steps: found,
      bound,
      skipped,
    } = guide(
      '<!-- test: bind KEY1 KEY2 -->',
      '<!-- test: any 12s 0.5 -->',
      '<!-- test: repeat: until it is there -->',
      '```console',
      'root@vm:~# true',
      '```',
      '<!-- test: run pull: cables are pulled by hand -->',
      '<!-- test: skip: there is no apt -->',
      '```console',
      'root@vm:~# apt install sennit',
      '```',
      '```console',
      'root@vm:~# false',
      '```',
    );
    assert.deepEqual(bound, ['KEY1', 'KEY2']);
    assert.deepEqual(skipped, [{ line: 10, why: 'there is no apt' }]);
    const [one, run, two] = found;
    assert.ok(one?.kind === 'shell' && two?.kind === 'shell' && found.length === 3);
    assert.deepEqual([one.expected.any, one.repeat, two.expected.any, two.repeat], [['12s', '0.5'], true, [], false]);
    assert.deepEqual(run, { kind: 'run', line: 7, name: 'pull' });
  });
});

describe('files of a guide', () => {
  it('have hosts and path in the sentence before', () => {
    const found = steps(
      'Text. On both hosts, `/etc/a.conf`:',
      '',
      '```conf',
      'x = 1',
      '',
      '```',
      'On node2, add this to',
      '`/etc/hosts`:',
      '```',
      '10.99.0.1 node1',
      '```',
    );
    assert.deepEqual(found, [
      { kind: 'file', line: 4, hosts: ['node1', 'node2'], path: '/etc/a.conf', append: false, text: 'x = 1\n\n' },
      { kind: 'file', line: 10, hosts: ['node2'], path: '/etc/hosts', append: true, text: '10.99.0.1 node1\n' },
    ]);
  });
});

it('a guide says nothing that nobody follows', () => {
  refused(/line 2: .*neither/, '```conf', 'x', '```');
  refused(/line 3: .*neither/, 'On node9, `/etc/x`:', '```', 'x', '```');
  refused(/line 2: .*prompt/, '```console', 'node9# show peers', '```');
  refused(/line 3: .*indented/, 'Type this:', '', '    sennit');
  refused(/line 1: .*end/, '```console', 'root@vm:~# true');
  refused(/line 1: what is/, '<!-- test: guess -->');
  refused(/line 1: what is/, '<!-- test: run pull -->');
  refused(/no block/, '<!-- test: skip: why -->', 'text');
});

describe('what is printed', () => {
  const accepts = (lines: string[], printed: string, any: string[] = [], words = new Words([])) =>
    words.accept({ lines, any }, printed);

  it('is compared word by word, whatever the spaces', () => {
    assert.ok(accepts(['Peer  Link', 'a 1'], 'Peer           Link\na                 1\n'));
    assert.ok(!accepts(['Peer  Link', 'a 1'], 'Peer Link\na 2\n'));
    assert.ok(!accepts(['Peer  Link'], 'Peer Link\na 1\n'));
    assert.ok(!accepts([], 'error\n'));
    assert.ok(accepts([], ''));
    assert.ok(!accepts(['a.c'], 'abc'));
  });

  it('may have anything where the dots are', () => {
    assert.ok(accepts(['time=… ms', '…', 'end'], 'time=0.5 ms\nend\n'));
    assert.ok(accepts(['…', 'end'], 'one\n\ntwo\nend\n\n'));
    assert.ok(!accepts(['time=… ms'], 'time=0.5 s\n'));
  });

  it('may have another word for those that are named, and only for whole ones', () => {
    assert.ok(accepts(['up 12s 1.2 112s'], 'up 3m05s 4.2 112s', ['12s', '1.2']));
    assert.ok(!accepts(['up 12s 112s'], 'up 12s 113s', ['12s']));
    assert.ok(accepts(['0.0%/0.0% [0.21] 0.21.'], '12%/- [7] 8.', ['0.0%/0.0%', '0.21']));
  });

  it('gives its words to the rest of the guide', () => {
    const words = new Words(['KEY', 'KEY2']);
    assert.throws(() => words.fill('public-key KEY'), /nothing has been printed/);
    assert.ok(!accepts(['key KEY, again KEY.'], 'key abc, again abd.', [], words));
    assert.ok(accepts(['key KEY, again KEY.'], 'key a$&c, again a$&c.', [], words));
    assert.equal(words.fill('public-key KEY'), 'public-key a$&c');
    assert.ok(accepts(['key KEY2'], 'key def', [], words));
    assert.equal(words.fill('KEY2 KEY'), 'def a$&c');
    assert.ok(!accepts(['key KEY'], 'key other', [], words));
    assert.ok(accepts(['key KEY'], 'key a$&c', [], words));
  });
});
