/** The link monitor over a scripted kernel: what it hears, and what it says of the links it watches. */
import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import { arenaOver } from '../../src/core/arena.js';
import { LinkMonitor } from '../../src/io/link-monitor.js';
import { parseAddress } from '../../src/io/netlink/address-text.js';
import * as k from '../../src/io/netlink/constants.js';
import type { NetlinkKernel } from '../../src/io/netlink/kernel.js';
import { type AddressFields, encodeAddress, encodeLink, type LinkFields } from '../../src/io/netlink/messages.js';

const { EAGAIN, EBADF, ENOBUFS } = constants.errno;
const RUNNING = k.IFF_UP | k.IFF_RUNNING | k.IFF_LOWER_UP;
const AFAR = 0x100000;

function note(type: number, seq = 0, flags = 0) {
  return { type, flags, seq, pid: 0 };
}

function newLink(index: number, name: string, flags = RUNNING, more: Partial<LinkFields> = {}): Uint8Array {
  return encodeLink(note(k.RTM_NEWLINK), { index, name, flags, mtu: 1500, ...more });
}

function delLink(index: number, more: Partial<LinkFields> = {}): Uint8Array {
  return encodeLink(note(k.RTM_DELLINK), { index, ...more });
}

function fieldsOf(index: number, text: string, more: Partial<AddressFields> = {}): Partial<AddressFields> {
  const { family, bytes } = parseAddress(text) ?? assert.fail(text);
  return { index, family, prefixLength: bytes.length * 8, local: bytes, address: bytes, ...more };
}

function newAddress(index: number, text: string, more: Partial<AddressFields> = {}): Uint8Array {
  return encodeAddress(note(k.RTM_NEWADDR), fieldsOf(index, text, more));
}

function delAddress(index: number, text: string, more: Partial<AddressFields> = {}): Uint8Array {
  return encodeAddress(note(k.RTM_DELADDR), fieldsOf(index, text, more));
}

/** Answers dumps from `tables`, and otherwise delivers what a test puts into `queue`: datagrams or errnos. */
class ScriptedKernel implements NetlinkKernel {
  queue: (Uint8Array | number)[] = [];
  tables: Uint8Array[] = [];
  /** Flags of the dumps to come, one each; none: 0. */
  dumpFlags: number[] = [];
  dumps = 0;
  /** Datagrams not yet read when the last dump was asked for. */
  unread = 0;
  closed: number[] = [];
  private memory = arenaOver(new ArrayBuffer(0));

  arena(size: number) {
    this.memory = arenaOver(new ArrayBuffer(size));
    return { ...this.memory, address: AFAR };
  }
  socket = () => 9;
  bind = () => 0;
  setsockoptInt = () => 0;
  ppoll = () => 0;
  close = (fd: number) => this.closed.push(fd);
  sendto = (_fd: number, address: number, length: number) => {
    const view = new DataView(this.memory.bytes.buffer, address - AFAR, length);
    const type = view.getUint16(4, true) === k.RTM_GETLINK ? k.RTM_NEWLINK : k.RTM_NEWADDR;
    const seq = view.getUint32(8, true);
    const flags = this.dumpFlags.shift() ?? 0;
    if (type === k.RTM_NEWLINK) {
      this.dumps++;
      this.unread = this.queue.length;
    }
    for (const message of this.tables.filter((m) => m[4] === type)) {
      const part = message.slice();
      new DataView(part.buffer).setUint32(8, seq, true);
      new DataView(part.buffer).setUint16(6, flags, true);
      this.queue.push(part);
    }
    const done = new Uint8Array(20);
    const head = new DataView(done.buffer);
    head.setUint32(0, 20, true);
    head.setUint16(4, k.NLMSG_DONE, true);
    head.setUint32(8, seq, true);
    this.queue.push(done);
    return length;
  };
  recv = (_fd: number, address: number) => {
    const next = this.queue.shift() ?? -EAGAIN;
    if (typeof next === 'number') return next;
    this.memory.bytes.set(next, address - AFAR);
    return next.length;
  };
}

function setup(...tables: Uint8Array[]) {
  const kernel = new ScriptedKernel();
  kernel.tables = tables;
  const monitor = new LinkMonitor(kernel);
  /** Delivers datagrams and returns what the monitor says: `link cause mtu`. */
  const after = (...datagrams: (Uint8Array | number)[]): string[] => {
    kernel.queue.push(...datagrams);
    const said: string[] = [];
    monitor.drain((link, usable, mtu, cause) => {
      assert.equal(usable, cause === 'ok');
      said.push(`${link} ${cause} ${mtu}`);
    });
    return said;
  };
  return { kernel, monitor, after };
}

const any4 = { address: '0.0.0.0', device: null };

test('the state at the start comes from the dump and is reported once', () => {
  const { monitor, after } = setup(newLink(2, 'eth0', RUNNING, { mtu: 9000 }), newAddress(2, '192.0.2.1'));
  monitor.watch(0, { address: '192.0.2.1', device: null });
  monitor.watch(1, { address: '192.0.2.2', device: null });
  monitor.watch(2, any4);
  assert.deepEqual(after(), ['0 ok 9000', '1 address 1500', '2 ok 1500']);
  assert.deepEqual(after(), []);
});

test('an address that comes after the start, goes and returns', () => {
  const { monitor, after } = setup();
  monitor.watch(3, { address: '2001:db8::1', device: null });
  assert.deepEqual(after(), ['3 address 1500']);
  assert.deepEqual(after(newLink(7, 'wwan0', RUNNING, { mtu: 1420 }), newAddress(7, '2001:db8:0::1')), ['3 ok 1420']);
  assert.deepEqual(after(delAddress(7, '2001:db8::1')), ['3 address 1420']);
  assert.deepEqual(after(newAddress(7, '2001:db8::1')), ['3 ok 1420']);
});

test('carrier, admin state and MTU', () => {
  const { monitor, after } = setup(newLink(2, 'eth0'), newAddress(2, '192.0.2.1'));
  monitor.watch(0, { address: '192.0.2.1', device: null });
  after();
  assert.deepEqual(after(newLink(2, 'eth0', k.IFF_UP)), ['0 carrier 1500']);
  assert.deepEqual(after(newLink(2, 'eth0', 0)), [], 'still unusable');
  assert.deepEqual(after(newLink(2, 'eth0')), ['0 ok 1500']);
  assert.deepEqual(after(newLink(2, 'eth0', 0)), ['0 admin-down 1500']);
  assert.deepEqual(after(newLink(2, 'eth0', RUNNING, { mtu: 1400 })), ['0 ok 1400']);
  assert.deepEqual(after(newLink(2, 'eth0', RUNNING, { mtu: 1300 })), ['0 ok 1300']);
  assert.deepEqual(after(newLink(2, 'eth0', k.IFF_UP | k.IFF_LOWER_UP)), ['0 carrier 1500'], 'dormant (802.1X)');
});

test('an IPv6 address that leaves because its interface was switched off says so', () => {
  const { monitor, after } = setup(newLink(2, 'eth0'), newAddress(2, '2001:db8::1'));
  monitor.watch(0, { address: '2001:db8::1', device: null });
  after();
  assert.deepEqual(after(delAddress(2, '2001:db8::1'), newLink(2, 'eth0', 0)), ['0 admin-down 1500']);
});

test('deleting an interface takes its addresses, renaming it does not', () => {
  const { monitor, after } = setup(newLink(2, 'eth0'), newAddress(2, '192.0.2.1'));
  monitor.watch(0, { address: '192.0.2.1', device: null });
  monitor.watch(1, { address: '0.0.0.0', device: 'eth0' });
  after();
  assert.deepEqual(after(newLink(2, 'wan')), ['1 admin-down 1500']);
  assert.deepEqual(after(delLink(2)), ['0 address 1500']);
  assert.deepEqual(after(newLink(2, 'eth0')), ['1 ok 1500'], 'the index is used again, the address is not back');
});

test('a port that leaves its bridge is not gone', () => {
  const { monitor, after } = setup(newLink(2, 'eth0'), newAddress(2, '192.0.2.1'));
  monitor.watch(0, { address: '192.0.2.1', device: null });
  after();
  const AF_BRIDGE = 7;
  assert.deepEqual(after(delLink(2, { family: AF_BRIDGE }), newLink(2, 'eth0', 0, { family: AF_BRIDGE })), []);
});

test('a message about an interface without name and MTU keeps both', () => {
  const { monitor, after } = setup(newLink(2, 'wlan0', RUNNING, { mtu: 1280 }), newAddress(2, '192.0.2.1'));
  monitor.watch(0, { address: '192.0.2.1', device: 'wlan0' });
  after();
  assert.deepEqual(after(encodeLink(note(k.RTM_NEWLINK), { index: 2, flags: RUNNING })), []);
});

test('an IPv6 address counts when duplicate address detection has ended, and not when it failed', () => {
  const { monitor, after } = setup(newLink(2, 'eth0'));
  monitor.watch(0, { address: '2001:db8::1', device: null });
  after();
  assert.deepEqual(after(newAddress(2, '2001:db8::1', { flags: k.IFA_F_TENTATIVE })), []);
  assert.deepEqual(after(newAddress(2, '2001:db8::1')), ['0 ok 1500']);
  assert.deepEqual(after(newAddress(2, '2001:db8::1', { flags: k.IFA_F_DADFAILED })), ['0 address 1500']);
  const optimistic = k.IFA_F_TENTATIVE | k.IFA_F_OPTIMISTIC;
  assert.deepEqual(after(newAddress(2, '2001:db8::1', { flags: optimistic })), ['0 ok 1500']);
});

test('the same address with two prefix lengths, or on two interfaces, is there until the last is gone', () => {
  const { monitor, after } = setup(
    newLink(2, 'eth0'),
    newLink(3, 'eth1', RUNNING, { mtu: 1400 }),
    newAddress(2, '192.0.2.1', { prefixLength: 24 }),
    newAddress(2, '192.0.2.1'),
    newAddress(3, '192.0.2.1'),
  );
  monitor.watch(0, { address: '192.0.2.1', device: null });
  assert.deepEqual(after(), ['0 ok 1500']);
  assert.deepEqual(after(delAddress(2, '192.0.2.1')), []);
  assert.deepEqual(after(newLink(2, 'eth0', k.IFF_UP)), ['0 ok 1400'], 'the interface that runs counts');
  assert.deepEqual(after(delAddress(3, '192.0.2.1')), ['0 carrier 1500']);
  assert.deepEqual(after(delAddress(2, '192.0.2.1', { prefixLength: 24 })), []);
  assert.deepEqual(after(newLink(2, 'eth0')), []);
});

test("on a point-to-point interface the address is ours, not the other end's", () => {
  const other = Uint8Array.of(192, 0, 2, 9);
  const { monitor, after } = setup(newLink(2, 'ppp0'), newAddress(2, '192.0.2.1', { address: other }));
  monitor.watch(0, { address: '192.0.2.1', device: null });
  monitor.watch(1, { address: '192.0.2.9', device: null });
  assert.deepEqual(after(), ['0 ok 1500', '1 address 1500']);
});

test('a link bound to a device needs that device and its address, wherever it lies', () => {
  const { monitor, after } = setup(
    newLink(1, 'lo', RUNNING | k.IFF_LOOPBACK, { mtu: 65536 }),
    newLink(2, 'eth0', RUNNING, { mtu: 1400 }),
    newLink(3, 'eth1'),
    newAddress(1, '192.0.2.1'),
    newAddress(3, 'fe80::1'),
  );
  monitor.watch(0, { address: '192.0.2.1', device: 'eth0' });
  monitor.watch(1, { address: '::', device: 'eth0' });
  monitor.watch(2, { address: 'fe80::1', device: 'eth0' });
  monitor.watch(3, { address: 'fe80::1', device: 'eth1' });
  monitor.watch(4, { address: '::', device: 'none0' });
  assert.deepEqual(after(), ['0 ok 1400', '1 ok 1400', '2 address 1500', '3 ok 1500', '4 admin-down 1500']);
  assert.deepEqual(after(newLink(2, 'eth0', k.IFF_UP, { mtu: 1400 })), ['0 carrier 1400', '1 carrier 1400']);
  assert.deepEqual(after(newLink(2, 'eth0', RUNNING, { mtu: 1400 })), ['0 ok 1400', '1 ok 1400']);
  assert.deepEqual(after(delAddress(1, '192.0.2.1')), ['0 address 1400']);
});

test('all of 127.0.0.0/8 is local, and the MTU of lo stays inside the host', () => {
  const lo = { mtu: 65536 };
  const { monitor, after } = setup(
    newLink(1, 'lo', RUNNING | k.IFF_LOOPBACK, lo),
    newAddress(1, '127.0.0.1', { prefixLength: 8 }),
    newAddress(1, '192.0.2.1'),
  );
  monitor.watch(0, { address: '127.0.3.4', device: null });
  monitor.watch(1, { address: '192.0.2.1', device: null });
  monitor.watch(2, { address: '128.0.0.1', device: null });
  assert.deepEqual(after(), ['0 ok 65536', '1 ok 1500', '2 address 1500']);
});

test('after an overrun everything is read anew', () => {
  const { kernel, monitor, after } = setup(newLink(2, 'eth0'), newAddress(2, '192.0.2.1'));
  monitor.watch(0, { address: '192.0.2.1', device: null });
  after();
  kernel.tables = [newLink(2, 'eth0', k.IFF_UP)];
  assert.deepEqual(after(-ENOBUFS, newLink(2, 'eth0')), ['0 address 1500']);
  assert.deepEqual([kernel.dumps, monitor.resyncs], [2, 1]);
  assert.equal(kernel.unread, 0, 'the kernel tells nothing new until its queue is empty');
  kernel.tables = [newLink(2, 'eth0'), newAddress(2, '192.0.2.1')];
  assert.deepEqual(after(70_000), ['0 ok 1500'], 'a datagram larger than the buffer');
  kernel.tables = [];
  assert.deepEqual(after(Uint8Array.of(1, 2, 3)), ['0 address 1500'], 'a malformed datagram');
  assert.equal(monitor.resyncs, 3);
});

test('a dump that was disturbed is asked for again, and one that fails changes nothing', () => {
  const { kernel, monitor, after } = setup(newLink(2, 'eth0'), newAddress(2, '192.0.2.1'));
  monitor.watch(0, { address: '192.0.2.1', device: null });
  after();
  kernel.dumpFlags = [k.NLM_F_DUMP_INTR];
  assert.deepEqual(after(-ENOBUFS), []);
  assert.equal(kernel.dumps, 3);

  kernel.tables = [newLink(2, 'eth0', 0)];
  const send = kernel.sendto;
  kernel.sendto = () => -ENOBUFS;
  assert.deepEqual(after(-ENOBUFS), []);
  kernel.sendto = send;
  assert.deepEqual(after(), ['0 admin-down 1500'], 'the next drain tries again');
});

test('a socket that fails for good does not keep the caller', () => {
  const { kernel, monitor, after } = setup();
  monitor.watch(0, any4);
  after();
  kernel.recv = () => -EBADF;
  assert.deepEqual(after(), []);
  kernel.socket = () => -constants.errno.EMFILE;
  assert.throws(() => new LinkMonitor(kernel), /can't open a netlink socket: .*EMFILE/);
  monitor.close();
  assert.deepEqual(kernel.closed, [9]);
});

test('a link is watched no longer, or at another address', () => {
  const { monitor, after } = setup(newLink(2, 'eth0'), newAddress(2, '192.0.2.1'));
  monitor.watch(0, { address: '192.0.2.1', device: null });
  monitor.watch(1, { address: '192.0.2.1', device: null });
  after();
  monitor.watch(0, null);
  monitor.watch(1, { address: '192.0.2.2', device: null });
  assert.deepEqual(after(), ['1 address 1500']);
  assert.deepEqual(after(newLink(2, 'eth0', 0)), []);
  assert.throws(() => monitor.watch(1, { address: 'eth0', device: null }), /'eth0' is not an IP address/);
});
