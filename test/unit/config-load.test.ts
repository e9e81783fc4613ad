/** Configuration files: what loads, what is refused and how it is said. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { ConfigError } from '../../src/config/load.js';
import { formatError, load } from '../../src/config/load.js';
import type { Config } from '../../src/config/model.js';
import { emptyConfig, followsPeer } from '../../src/config/model.js';
import { render } from '../../src/config/render.js';
import { incomplete, validate } from '../../src/config/validate.js';

const KEY = 'AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=';

function loaded(...lines: string[]): Config {
  const result = load(lines.join('\n'), 'test.conf');
  assert.ok(result.ok, result.ok ? '' : result.errors.map(formatError).join('\n'));
  return result.config;
}

function errorsOf(...lines: string[]): readonly ConfigError[] {
  const result = load(lines.join('\n'), 'test.conf');
  assert.ok(!result.ok, 'it loaded');
  return result.errors;
}

describe('loading', () => {
  it('loads the example, which has nothing incomplete and prints the same when loaded again', () => {
    const text = readFileSync(new URL('../../../etc/sennit.conf', import.meta.url), 'utf8');
    const config = loaded(text);
    assert.deepEqual(validate(config), []);
    assert.deepEqual(incomplete(config), []);
    assert.deepEqual([...(config.interface?.peers.keys() ?? [])], ['host2', 'host3']);
    assert.equal(render(loaded(render(config))), render(config));
  });

  it('takes free indentation, comments, blank lines, CR LF, exit and end', () => {
    const config = loaded(
      '! comment\r',
      '',
      '   interface sennit0',
      'host-id 1',
      ' ! inner',
      '      peer b id 2',
      '  link 0',
      ' exit',
      ' exit',
      'mtu 1400',
      'end',
      'hostname x',
      'exit',
      'exit',
      'network lab',
    );
    assert.equal(config.interface?.mtu, 1400);
    assert.equal(config.hostname, 'x');
    assert.equal(config.network, 'lab');
  });

  it('loads nothing as the empty configuration, and prints that as nothing', () => {
    assert.deepEqual(loaded(''), emptyConfig());
    assert.equal(render(emptyConfig()), '');
  });

  it('lets the last of several settings win and undoes with no', () => {
    const config = loaded('hostname a', 'hostname b', 'network x', 'no network');
    assert.equal(config.hostname, 'b');
    assert.deepEqual({ ...config, hostname: null }, emptyConfig());
  });

  it('keeps IPv4 addresses before IPv6, replaces one whose length changes, and removes one or all', () => {
    const begin = [
      'interface t',
      'ipv6 address fd00::1/64',
      'ip address 10.0.0.1/24',
      'ip address 10.0.0.2/24',
      'ip address 10.0.0.1/16',
    ];
    assert.deepEqual(loaded(...begin).interface?.addresses, ['10.0.0.1/16', '10.0.0.2/24', 'fd00::1/64']);
    assert.deepEqual(loaded(...begin, 'no ip address 10.0.0.1/16').interface?.addresses, ['10.0.0.2/24', 'fd00::1/64']);
    assert.deepEqual(loaded(...begin, 'no ip address').interface?.addresses, ['fd00::1/64']);
  });

  it('reads address and dynamic in any order', () => {
    const link = (...lines: string[]) =>
      loaded('interface t', 'peer b id 2', 'link 0', ...lines)
        .interface?.peers.get('b')
        ?.links.get(0);
    const both = { endpoint: { address: '10.0.0.2', port: 20700 }, dynamic: true };
    for (const lines of [
      ['address 10.0.0.2', 'dynamic'],
      ['dynamic', 'address 10.0.0.2'],
    ]) {
      const { endpoint, dynamic } = link(...lines) ?? {};
      assert.deepEqual({ endpoint, dynamic }, both);
    }
    assert.equal(link('address 10.0.0.2')?.dynamic, false);
    assert.equal(followsPeer(link() as { endpoint: null; dynamic: boolean }), true);
    assert.equal(link('address 10.0.0.2', 'dynamic', 'no address')?.endpoint, null);
    assert.equal(link('address 10.0.0.2 port 99', 'dynamic', 'no dynamic')?.dynamic, false);
  });
});

describe('refusing', () => {
  it('names file, line, caret and what was expected', () => {
    const [error] = errorsOf('hostname x', 'interface t', '  peer b id 70000');
    assert.equal(
      formatError(error as ConfigError),
      [
        "test.conf:3: % Invalid input detected at '^' marker: it is not between 1 and 65535",
        '    peer b id 70000',
        '              ^',
        '  expected:',
        "    <1-65535>  The peer's host id",
      ].join('\n'),
    );
  });

  it('names several wrong lines, but none inside a block that was not entered', () => {
    assert.deepEqual(
      errorsOf('foo', 'network', 'hostname x').map(({ line }) => line),
      [1, 2],
    );
    assert.deepEqual(
      errorsOf('interface t', ' peer b', '  link 0', ' mtu 1').map(({ line }) => line),
      [2],
    );
  });

  it('does not fill the screen over a file that is something else', () => {
    assert.equal(errorsOf(...Array.from({ length: 1000 }, (_, i) => `# ${i}`)).length, 20);
  });

  it('asks for the id of a new peer', () => {
    assert.match(errorsOf('interface t', 'peer b')[0]?.message ?? '', /peer b is new: give its host id/);
  });

  it('refuses what belongs to the shell', () => {
    assert.match(errorsOf('do show version')[0]?.message ?? '', /can't stand in a configuration file/);
    assert.match(errorsOf('configure terminal')[0]?.message ?? '', /Invalid input/);
  });

  it('refuses a second interface and the removal of what is not there', () => {
    assert.match(errorsOf('interface a', 'interface b')[0]?.message ?? '', /'no interface a' removes it/);
    for (const line of ['no interface b', 'no peer x', 'no local link 1', 'no ip address 10.0.0.1/8']) {
      assert.match(errorsOf('interface a', line)[0]?.message ?? '', /no (interface|peer|local link|address)/, line);
    }
  });

  const contradictions: [string, RegExp, number, string[]][] = [
    ['two peers with one id', /peers b and c have the same id 2/, 3, ['interface t', 'peer b id 2', 'peer c id 2']],
    ['a peer with our id', /this host's own id 1/, 3, ['interface t', 'host-id 1', 'peer b id 1', 'mtu auto']],
    [
      'an MTU too small for the IPv6 address that is there',
      /mtu 1279 is too small for the address fd00::1\/64: IPv6 needs 1280 .*'no ipv6 address'/,
      4,
      ['interface t', 'ip address 10.0.0.1/24', 'ipv6 address fd00::1/64', 'mtu 1279'],
    ],
    [
      'an IPv6 address where the MTU is too small',
      /mtu 576 .*fd00::1.*'mtu 1280' or more/,
      3,
      ['interface t', 'mtu 576', 'ipv6 address fd00::1/64'],
    ],
    [
      'one key for two peers',
      /same public-key/,
      5,
      ['interface t', 'peer b id 2', `public-key ${KEY}`, 'peer c id 3', `public-key ${KEY}`],
    ],
    [
      'two local links on one port',
      /can't share port 20700/,
      3,
      ['interface t', 'local link 0 address 10.0.0.1', 'local link 1 address 10.0.0.1'],
    ],
    [
      'an address beside any address',
      /can't share port 20700/,
      3,
      ['interface t', 'local link 0 address 0.0.0.0', 'local link 1 address 10.0.0.1'],
    ],
    [
      'families that differ',
      /both ends must be IPv4 or both IPv6/,
      5,
      ['interface t', 'local link 0 address 10.0.0.1', 'peer b id 2', 'link 0', 'address fd00::1'],
    ],
    [
      'a link-local address of nobody knows which device',
      /local link 0: fe80::1 is link-local.*: give the local link its 'device'/,
      2,
      ['interface t', 'local link 0 address fe80::1'],
    ],
    [
      'a link-local peer behind nobody knows which device',
      /peer b, link 0: fe80::2 is link-local.*'device'/,
      5,
      ['interface t', 'local link 0 address fd00::1', 'peer b id 2', 'link 0', 'address fe80::2'],
    ],
    ['any address as the peer', /no address of a host/, 4, ['interface t', 'peer b id 2', 'link 0', 'address ::']],
    [
      'a hold time that is too short',
      /hold time \(50 ms\) must be longer/,
      4,
      ['interface t', 'peer b id 2', 'link 0', 'timers 50 50'],
    ],
  ];
  for (const [name, message, line, lines] of contradictions) {
    it(`refuses ${name}, at the line that brings it in`, () => {
      const [error] = errorsOf(...lines);
      assert.match(error?.message ?? '', message);
      assert.equal(error?.line, line);
    });
  }

  it('takes ports shared by different devices, families or addresses', () => {
    loaded(
      'interface t',
      'local link 0 address 10.0.0.1 device a',
      'local link 1 address 10.0.0.1 device b',
      'local link 2 address ::',
      'local link 3 address 10.0.0.2',
      'local link 4 address 0.0.0.0 port 5',
    );
  });

  it('takes what is incomplete, and names it', () => {
    const config = loaded('interface t', 'peer b id 2', 'link 3', 'address 10.0.0.2');
    const text = incomplete(config).join('\n');
    for (const part of [/no host-id/, /no local link/, /no public-key/, /stays down/]) assert.match(text, part);
  });

  it('refuses a model with a bad key or MAC address that no grammar has seen', () => {
    const config = loaded('interface t', 'peer b id 2');
    const tap = config.interface as NonNullable<Config['interface']>;
    tap.macAddress = '01:00:5e:00:00:01';
    (tap.peers.get('b') as { publicKey: string | null }).publicKey = 'short';
    assert.equal(validate(config).length, 2);
  });
});
