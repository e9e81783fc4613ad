/** What is told of queues is what waits in them. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { arenaOver } from '../../src/core/arena.js';
import { COUNTERS_LENGTH } from '../../src/core/counters.js';
import { CHUNK_SIZE } from '../../src/core/failover/ring.js';
import { FRAGMENT_HEADER_SIZE, fragmentSize, writeFragmentHeader } from '../../src/core/fragment/fragmenter.js';
import { Lane } from '../../src/core/lane.js';
import { ARENA_SIZE, RX_AT } from '../../src/core/layout.js';
import { queueRows } from '../../src/core/queues.js';
import type { LaneSink } from '../../src/core/state.js';
import { NodeAead } from '../../src/io/node-aead.js';
import { FIRST_LIMIT, SendQueue } from '../../src/io/send-queue.js';
import { arena, close } from '../../src/io/syscalls.js';
import { openUdp, socketQueues } from '../../src/io/udp-socket.js';
import { LaneNetwork } from './lane-network.js';

const NOWHERE = new Proxy({} as LaneSink, { get: () => () => undefined });

test('a lane tells what waits of each peer', () => {
  const memory = arenaOver(new ArrayBuffer(ARENA_SIZE + 4 * CHUNK_SIZE));
  const counters = new Float64Array(COUNTERS_LENGTH);
  const lane = new Lane({ arena: memory, counters, aead: new NodeAead(memory), sink: NOWHERE, seed: 1 }, 0);
  const { state } = lane;
  for (const peer of [3, 5]) lane.setPeer(peer, peer, 'passive');
  const column = (of: 'peer' | 'waiting' | 'kept' | 'early' | 'incomplete') => [...queueRows(state)[of]];
  assert.deepEqual(column('peer'), [3, 5]);
  for (const of of ['waiting', 'kept', 'early', 'incomplete'] as const) assert.deepEqual(column(of), [0, 0], of);

  const at = state.ring.place(5, 1000, 1);
  const record = state.ring.begin(5, at, 1000, 7, 1, 1);
  assert.deepEqual(column('kept'), [0, CHUNK_SIZE]);
  state.ring.free(record);
  assert.deepEqual(column('kept'), [0, 0]);

  writeFragmentHeader(memory.bytes, RX_AT, 0, 2, 9, 2000);
  state.reassembler.push(3, RX_AT, FRAGMENT_HEADER_SIZE + fragmentSize(2000, 2), 1);
  assert.deepEqual(column('incomplete'), [1, 0]);

  state.peers[5]?.setSpreads(true);
  state.peers[5]?.order?.keep(4, 0);
  assert.deepEqual(column('early'), [0, 1]);
});

test('frames wait for a peer that is away for a moment, and are told of', () => {
  const network = new LaneNetwork(2);
  const [a, b] = network.hosts;
  assert.ok(a !== undefined && b !== undefined);
  a.lane.dropSession(b.id, network.now);
  network.queue = [];
  const frame = new Uint8Array(100).fill(0xff, 0, 6);
  frame[6] = 2;
  a.send(frame, frame);
  assert.deepEqual([...queueRows(a.lane.state).waiting], [2]);
});

test('a socket tells what waits to be received', async () => {
  const remote = createSocket('udp4').bind(0, '127.0.0.1');
  await once(remote, 'listening');
  const { port } = remote.address();
  remote.close();
  await once(remote, 'close');
  const { fd } = openUdp({ address: '127.0.0.1', port, device: null });
  const empty = socketQueues(fd);
  assert.equal(empty.receiveBytes, 0);
  assert.equal(empty.transmitBytes, 0);
  assert.ok(empty.receiveLimitBytes >= 4096);
  const sender = createSocket('udp4');
  for (let i = 0; i < 4; i++) sender.send(new Uint8Array(1000), port, '127.0.0.1');
  const deadline = Date.now() + 20_000;
  while (socketQueues(fd).receiveBytes < 4000 && Date.now() < deadline) await sleep(10);
  const { receiveBytes, receiveLimitBytes } = socketQueues(fd);
  assert.ok(receiveBytes >= 4000 && receiveBytes <= receiveLimitBytes, `${receiveBytes}`);
  sender.close();
  close(fd);
});

test('the bound of a send buffer is told as the kernel counts it', () => {
  assert.equal(new SendQueue(arena(8)).limitBytes, 2 * FIRST_LIMIT);
});
