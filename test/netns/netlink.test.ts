/** Interface setup and link monitor against the real kernel, in a namespace of their own. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./netlink-program.js', import.meta.url));
const namespace = `snt-nl-${process.pid}`;
const limits = { timeout: 20_000, skip: process.getuid?.() === 0 ? false : 'needs root' };

function run(command: string, input = ''): string {
  const [file = '', ...args] = command.split(' ');
  return execFileSync(file, args, { input, encoding: 'utf8', timeout: 10_000, stdio: 'pipe' });
}

/** `ip` inside the namespace. */
function ip(command: string): string {
  return run(`ip -n ${namespace} ${command}`);
}

// biome-ignore lint/suspicious/noExplicitAny: the shape is iproute2's
function ipJson(command: string): any {
  return JSON.parse(run(`ip -j -n ${namespace} ${command}`));
}

function calls(...list: [string, ...unknown[]][]): { value?: unknown; error?: string }[] {
  const args = ['netns', 'exec', namespace, process.execPath, program, 'setup', JSON.stringify(list)];
  return JSON.parse(execFileSync('ip', args, { encoding: 'utf8', timeout: 10_000 }));
}

before(() => {
  if (limits.skip === false) run(`ip netns add ${namespace}`);
});

after(() => {
  if (limits.skip === false) run(`ip netns del ${namespace}`);
});

test('an interface is set up as asked', limits, async () => {
  ip('link add set0 type veth peer name set1');
  ip('link add br0 type bridge');
  const mac = '02:53:4e:54:00:01';
  const results = calls(
    ['setInterface', { name: 'set0', mtu: 1412, mac, up: true, master: 'br0' }],
    ['addAddress', 'set0', '192.0.2.1/24'],
    ['addAddress', 'set0', '192.0.2.1/24'],
    ['addAddress', 'set0', '2001:db8::1/64'],
    ['addAddress', 'set0', '2001:db8::2/64'],
    ['removeAddress', 'set0', '2001:DB8:0::2/64'],
    ['removeAddress', 'set0', '192.0.2.77/24'],
    ['interfaceInfo', 'set0'],
    ['deviceOfAddress', '2001:db8:0:0::1'],
    ['deviceOfAddress', '192.0.2.2'],
    ['interfaceIndex', 'set0'],
  );
  const link = ipJson('link show set0')[0];
  const set = { index: link.ifindex, mac, mtu: 1412, up: true, queue: 1000, kind: { kind: 'veth', tun: null } };
  const bridge = ipJson('link show br0')[0].ifindex;
  assert.deepEqual(
    results.map((r) => r.error ?? r.value),
    [
      ...[null, null, null, null, null],
      ...[true, false],
      { ...set, running: false, master: bridge },
      { name: 'set0', mtu: 1412 },
      null,
      link.ifindex,
    ],
  );
  assert.deepEqual([link.mtu, link.address, link.master, link.flags.includes('UP')], [1412, mac, 'br0', true]);
  const held = ipJson('addr show set0')[0].addr_info.filter((a: { scope: string }) => a.scope === 'global');
  assert.deepEqual(
    held.map((a: { local: string; prefixlen: number }) => `${a.local}/${a.prefixlen}`),
    ['192.0.2.1/24', '2001:db8::1/64'],
  );
  assert.equal(held[1].nodad, true);

  ip('link set set1 up');
  // The kernel's link watch sets the state a moment later.
  while (ipJson('link show set0')[0].operstate !== 'UP') await setTimeout(10);
  const [info] = calls(['interfaceInfo', 'set0'], ['setInterface', { index: link.ifindex, up: false, master: null }]);
  assert.deepEqual(info, { value: { ...set, running: true, master: bridge } });
  const undone = ipJson('link show set0')[0];
  assert.deepEqual([undone.master, undone.flags.includes('UP'), undone.mtu], [undefined, false, 1412]);
  ip('link del set0');
  ip('link del br0');
});

test('an error says which interface, what the kernel said and what to do', limits, () => {
  ip('link add err0 type veth peer name err1');
  const wanted: [[string, ...unknown[]], RegExp][] = [
    [['setInterface', { name: 'none0', up: true }], /no interface 'none0'; `ip link`/],
    [['setInterface', { name: 'a-name-too-long-for-it', up: true }], /no interface 'a-name-too-long-for-it'/],
    [['setInterface', { index: 4242, up: true }], /interface 4242 to up: the kernel said: .*\(ENODEV\); is there/],
    [['setInterface', { name: 'err0', mtu: 10 }], /'err0' to MTU 10: the kernel said: .*less than.*\(EINVAL\)/],
    [['setInterface', { name: 'err0', mtu: 1.5 }], /'err0': 1.5 is not an MTU/],
    [['setInterface', { name: 'err0', mac: '01:00:00:00:00:01' }], /MAC address 01:.*the kernel said/],
    [['setInterface', { name: 'err0', mac: 'nonsense' }], /'err0': 'nonsense' is not a MAC address/],
    [['setInterface', { name: 'err0', master: 'none0' }], /no interface 'none0'/],
    [
      ['setInterface', { name: 'err0', master: 'err1' }],
      /to bridge 'err1': the kernel said: .*\(ENOTSUP\); only a bridge/,
    ],
    [['addAddress', 'err0', '10.0.0.1'], /'10.0.0.1' is not an address with prefix length/],
    [['addAddress', 'none0', '10.0.0.1/24'], /no interface 'none0'/],
    [['addAddress', 'err0', 'ff02::1/64'], /add address ff02::1\/64 to interface 'err0': the kernel said/],
    [['deviceOfAddress', 'err0'], /'err0' is not an IP address/],
  ];
  const results = calls(...wanted.map(([call]) => call), ['interfaceInfo', 'none0']);
  wanted.forEach(([call, pattern], i) => {
    assert.match(results[i]?.error ?? `no error: ${JSON.stringify(results[i])}`, pattern, JSON.stringify(call));
  });
  assert.deepEqual(results.at(-1), { value: null });
  ip('link del err0');
});

interface Change {
  link: number;
  usable: boolean;
  mtu: number;
  cause: string;
  resyncs: number;
}

/** A monitor in the namespace and what it has said, in order. */
class Monitor {
  private readonly child: ChildProcess;
  private readonly lines: AsyncIterator<string>;

  constructor(endpoints: Record<number, { address: string; device: string | null }>) {
    const args = ['netns', 'exec', namespace, process.execPath, program, 'monitor', JSON.stringify(endpoints)];
    this.child = spawn('ip', args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.lines = createInterface({ input: this.child.stdout ?? assert.fail() })[Symbol.asyncIterator]();
  }

  async next(): Promise<Change> {
    const { value, done } = await this.lines.next();
    assert.ok(!done, 'the monitor ended');
    return JSON.parse(value);
  }

  /** The next changes are these (`link cause mtu`), in whatever order they come. */
  async says(...wanted: string[]): Promise<void> {
    const said: string[] = [];
    for (const _ of wanted) {
      const change = await this.next();
      assert.equal(change.usable, change.cause === 'ok');
      said.push(`${change.link} ${change.cause} ${change.mtu}`);
    }
    assert.deepEqual(said.sort(), [...wanted].sort());
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  stop(): Promise<number | null> {
    if (this.child.exitCode !== null) return Promise.resolve(this.child.exitCode);
    const ended = new Promise<number | null>((resolve) => this.child.once('exit', resolve));
    this.child.stdin?.end();
    setTimeout(5000, null, { ref: false }).then(() => this.child.kill('SIGKILL'));
    return ended;
  }
}

test('the monitor reports carrier, admin state, address, MTU, rename and removal', limits, async (t) => {
  const monitor = new Monitor({
    0: { address: '192.0.2.1', device: null },
    1: { address: '2001:db8::1', device: null },
    2: { address: '0.0.0.0', device: 'mon0' },
    3: { address: '::', device: null },
  });
  t.after(() => monitor.stop());
  await monitor.says('0 address 1500', '1 address 1500', '2 admin-down 1500', '3 ok 1500');

  ip('link add mon0 type veth peer name mon1');
  ip('addr add 192.0.2.1/24 dev mon0');
  ip('link set mon1 up');
  ip('link set mon0 up');
  await monitor.says('0 ok 1500', '2 ok 1500');
  ip('addr add 2001:db8::1/64 dev mon0 nodad');
  await monitor.says('1 ok 1500');

  ip('link set mon1 down');
  await monitor.says('0 carrier 1500', '1 carrier 1500', '2 carrier 1500');
  ip('link set mon1 up');
  await monitor.says('0 ok 1500', '1 ok 1500', '2 ok 1500');

  ip('addr del 192.0.2.1/24 dev mon0');
  await monitor.says('0 address 1500');
  ip('addr add 192.0.2.1/32 dev mon0');
  await monitor.says('0 ok 1500');

  ip('link set mon0 mtu 1400');
  await monitor.says('0 ok 1400', '1 ok 1400', '2 ok 1400');

  ip('link set mon0 down');
  await monitor.says('0 admin-down 1400', '1 admin-down 1400', '2 admin-down 1400');
  ip('link set mon0 name mon9');
  ip('link set mon9 up');
  await monitor.says('0 ok 1400');
  ip('link set mon9 down');
  await monitor.says('0 admin-down 1400');
  ip('link set mon9 name mon0');
  ip('link set mon0 up');
  await monitor.says('0 ok 1400', '2 ok 1400');

  ip('link del mon0');
  const gone = [await monitor.next(), await monitor.next()];
  assert.deepEqual(gone.map((c) => [c.link, c.usable]).sort(), [
    [0, false],
    [2, false],
  ]);
  assert.equal(await monitor.stop(), 0);
});

test('a monitor that was told more than it could hold reads everything anew', limits, async (t) => {
  ip('link add ovr0 type veth peer name ovr1');
  ip('link set ovr1 up');
  ip('link set ovr0 up');
  ip('addr add 192.0.2.1/24 dev ovr0');
  const monitor = new Monitor({ 0: { address: '192.0.2.1', device: null } });
  t.after(() => {
    monitor.signal('SIGCONT');
    return monitor.stop();
  });
  await monitor.says('0 ok 1500');

  monitor.signal('SIGSTOP');
  // Each notification takes far more than 256 bytes of the socket's buffer.
  const changes = Number(readFileSync('/proc/sys/net/core/rmem_default', 'utf8')) / 256;
  const noise = Array.from(
    { length: 2 * Math.ceil(changes / 2) },
    (_, i) => `addr ${i % 2 ? 'del' : 'add'} 198.51.100.1/32 dev ovr0\n`,
  );
  run(`ip -n ${namespace} -batch -`, `${noise.join('')}addr del 192.0.2.1/24 dev ovr0\n`);
  monitor.signal('SIGCONT');
  const change = await monitor.next();
  assert.deepEqual([change.usable, change.cause], [false, 'address']);
  assert.ok(change.resyncs >= 1, 'the socket was overrun');

  ip('addr add 192.0.2.1/24 dev ovr0');
  await monitor.says('0 ok 1500');
  ip('link del ovr0');
});
