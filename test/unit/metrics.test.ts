/** What a scrape gets, over real HTTP on loopback. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { emptyConfig, type ListenConfig, newInterface, newPeer, newPeerLink } from '../../src/config/model.js';
import { EngineError } from '../../src/control/engine.js';
import { LANE_COUNTERS } from '../../src/core/counters.js';
import { Exposition } from '../../src/metrics/exposition.js';
import { DROPS, dropsOf, HOST_FAMILIES } from '../../src/metrics/host.js';
import { LINK_FAMILIES } from '../../src/metrics/links.js';
import { Listener } from '../../src/metrics/listener.js';
import { PEER_FAMILIES } from '../../src/metrics/peers.js';
import { PEER_QUEUE_FAMILIES, SOCKET_FAMILIES } from '../../src/metrics/queues.js';
import { EngineDouble } from '../cli/engine-double.js';
import { QUEUES } from '../cli/queue-double.js';
import { ask, askPlainly, freePort } from './http.js';

/** Told by a metric under another name, or by its parts. */
const TOLD_OTHERWISE = new Set(['tapReads', 'tapWrites', 'tapWriteErrors', 'acksTx', 'acksRx', 'stormNeighbor']);

function engineWithPeer(): EngineDouble {
  const engine = new EngineDouble();
  const peer = newPeer('h2', 2);
  peer.links.set(0, newPeerLink());
  engine.config = {
    ...emptyConfig(),
    interface: { ...newInterface('sennit0'), hostId: 1, peers: new Map([[peer.name, peer]]) },
  };
  return engine;
}

test('every counter of the data path is in a metric', () => {
  const used = new Set<string>(TOLD_OTHERWISE);
  const spy = new Proxy({} as Record<string, number>, {
    get: (_, name) => {
      used.add(String(name));
      return 1;
    },
    ownKeys: () => [],
  });
  const row = { counters: spy, uptimeSeconds: 1, interfaceUp: 1, mtu: 1, queues: QUEUES, laneSeconds: 1 };
  for (const family of HOST_FAMILIES) family.read(row);
  for (const drops of DROPS) dropsOf(drops, spy);
  assert.deepEqual(
    LANE_COUNTERS.filter((name) => !used.has(name)),
    [],
    'add them to src/metrics/host.ts',
  );
});

test('names, help and types keep to the conventions of Prometheus', async () => {
  const exposition = new Exposition(engineWithPeer());
  const text = await exposition.text();
  exposition.close();
  const names = new Set<string>();
  const tables = [HOST_FAMILIES, PEER_FAMILIES, LINK_FAMILIES, PEER_QUEUE_FAMILIES, SOCKET_FAMILIES];
  for (const { name, help, type } of tables.flat()) {
    assert.match(name, /^sennit_[a-z_]+$/);
    assert.equal(name.endsWith('_total'), type === 'counter', name);
    assert.doesNotMatch(name, /milli|_ms(_|$)|percent|mbit/);
    assert.ok(help.length > 10, name);
    assert.ok(!names.has(name), `${name} is there twice`);
    names.add(name);
    assert.ok(text.includes(`# TYPE ${name} ${type}\n`), name);
  }
  for (const { name } of DROPS) assert.ok(text.includes(`# TYPE ${name} counter\n`), name);
  assert.doesNotMatch(text, /# TYPE \S+_total gauge/);
});

test('a scrape tells what show tells, in base units, and follows it', async () => {
  const engine = engineWithPeer();
  const links = await engine.links();
  const [link] = links;
  assert.ok(link !== undefined && link.rttMs !== null);
  engine.links = async () => links;
  const exposition = new Exposition(engine);
  const label = `{peer="${link.peer}",link="${link.link}"}`;
  const first = await exposition.text();
  assert.ok(first.includes(`sennit_link_round_trip_seconds${label} ${link.rttMs / 1000}\n`), first);
  assert.ok(first.includes(`sennit_link_transmit_bytes_total${label} ${link.txBytes}\n`));
  links[0] = { ...link, txBytes: link.txBytes + 5, rttMs: null, state: 'down' };
  const second = await exposition.text();
  assert.ok(second.includes(`sennit_link_transmit_bytes_total${label} ${link.txBytes + 5}\n`));
  assert.ok(second.includes(`sennit_link_up${label} 0\n`));
  assert.ok(!second.includes(`sennit_link_round_trip_seconds${label}`), 'what is not known has no sample');
  links.length = 0;
  assert.ok(!(await exposition.text()).includes(label), 'a link that is gone has no samples');
  exposition.close();
});

test('a scrape tells what waits', async () => {
  const exposition = new Exposition(engineWithPeer());
  const text = await exposition.text();
  exposition.close();
  for (const line of [
    'sennit_mac_table_addresses 2',
    'sennit_peer_waiting_frames{peer="h2"} 3',
    'sennit_peer_resend_buffer_bytes{peer="h2"} 131072',
    'sennit_peer_resend_buffer_limit_bytes{peer="h2"} 16777216',
    'sennit_peer_reorder_datagrams{peer="h2"} 4',
    'sennit_peer_reassembly_frames{peer="h2"} 5',
    'sennit_local_link_transmit_queue_bytes{link="0"} 768',
    'sennit_local_link_transmit_queue_limit_bytes{link="0"} 131072',
    'sennit_local_link_receive_queue_bytes{link="0"} 1280',
    'sennit_local_link_receive_queue_limit_bytes{link="0"} 16777217',
  ])
    assert.ok(text.includes(`\n${line}\n`), line);
});

test('scrapes at the same time get the same text', async () => {
  const exposition = new Exposition(engineWithPeer());
  const [a, b] = await Promise.all([exposition.text(), exposition.text()]);
  assert.equal(a, b);
  exposition.close();
});

test('the listener answers what it should, and nothing else', async (t) => {
  const engine = engineWithPeer();
  const faults: unknown[] = [];
  const listener = new Listener(engine, (error) => faults.push(error));
  t.after(() => listener.close());
  const at = { address: '127.0.0.1', port: await freePort() };
  await listener.change({ ...engine.config, metrics: at });
  const metrics = await ask(at, '/metrics?x=1');
  assert.equal(metrics.status, 200);
  assert.match(metrics.type, /^text\/plain; version=0\.0\.4/);
  assert.match(metrics.body, /^sennit_build_info\{.*\} 1$/m);
  const { status, type, body } = await ask(at, '/healthz');
  assert.deepEqual([status, type, body], [200, 'text/plain; charset=utf-8', 'ok\n']);
  assert.equal((await ask(at, '/readyz')).status, 200);
  engine.interface = () => null;
  const unready = await ask(at, '/readyz');
  assert.equal(unready.status, 503);
  assert.match(unready.body, /^interface not up, \d+ of \d+ peers connected\n$/);
  assert.equal((await ask(at, '/nothing')).status, 404);
  assert.equal((await ask(at, '/metrics', { method: 'POST' })).status, 405);
  assert.equal((await ask(at, '/metrics', { method: 'HEAD' })).body, '');
  for (const host of ['127.0.0.1:9', '[::1]', 'LOCALHOST:80'])
    assert.equal((await ask(at, '/healthz', { host })).status, 200, host);
  for (const host of ['evil.example', '192.0.2.1', '127.0.0.1.evil.example'])
    assert.equal((await ask(at, '/metrics', { host })).status, 403, host);
  assert.match(await askPlainly(at, 'GET /healthz HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 200 /, 'a check of HTTP/1.0');
  assert.deepEqual(faults, []);
  engine.queues = async () => {
    throw new Error('the lane is gone');
  };
  assert.equal((await ask(at, '/healthz')).status, 500);
  assert.equal(faults.length, 1);
});

test('a change of the address moves it, is taken back when told, and is refused when it can not be', async (t) => {
  const engine = engineWithPeer();
  const listener = new Listener(engine, () => undefined);
  t.after(() => listener.close());
  const config = (metrics: ListenConfig | null) => ({ ...engine.config, metrics });
  const first = { address: '127.0.0.1', port: await freePort() };
  await listener.change(config(first));
  const second = { address: '127.0.0.1', port: await freePort() };
  const change = await listener.change(config(second));
  await assert.rejects(ask(first, '/healthz'));
  assert.equal((await ask(second, '/healthz')).status, 200);
  await change.undo();
  assert.equal((await ask(first, '/healthz')).status, 200);
  const taken = createServer();
  t.after(() => taken.close());
  await new Promise<void>((resolve) => taken.listen(second.port, second.address, resolve));
  await assert.rejects(listener.change(config(second)), (error) => {
    return error instanceof EngineError && /another program listens there: choose another port/.test(error.message);
  });
  // The same port on an address that this host has not (RFC 5737): the old one must be back.
  const nowhere = { address: '192.0.2.77', port: first.port };
  await assert.rejects(listener.change(config(nowhere)), /does not have that address/);
  assert.equal((await ask(first, '/healthz')).status, 200);
  await listener.change(config(null));
  await assert.rejects(ask(first, '/healthz'));
});
