/** The sockets with which a joiner asks: which ways it takes, and how long it asks. */
import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { it } from 'node:test';
import type { LocalLinkConfig } from '../../src/config/model.js';
import { JoinSockets } from '../../src/daemon/join-sockets.js';

const NONE = new Map<number, LocalLinkConfig>();

/** A socket on loopback that does with what it gets what it is told. */
async function inviter(heard: (socket: Socket, count: number, port: number) => void): Promise<Socket> {
  const socket = createSocket('udp4').bind(0, '127.0.0.9');
  await once(socket, 'listening');
  let count = 0;
  socket.on('message', (_, { port }) => heard(socket, ++count, port));
  return socket;
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}

it('asks again until something comes that is an answer', async () => {
  const ports = new Set<number>();
  const remote = await inviter((socket, count, port) => {
    ports.add(port);
    if (count > 1) socket.send(Buffer.of(7), port, '127.0.0.1');
    socket.send(Buffer.of(1), port, '127.0.0.1');
  });
  const wanted = await freePort();
  const sockets = await JoinSockets.open(
    [{ link: 4, address: '127.0.0.9', port: remote.address().port }],
    NONE,
    wanted,
  );
  try {
    assert.deepEqual(
      sockets.ways.map(({ link, local }) => ({ link, ...local })),
      [{ link: 4, address: '127.0.0.1', port: wanted }],
    );
    assert.equal(await sockets.ask(Uint8Array.of(0), ([first]) => (first === 7 ? 'yes' : null)), 'yes');
    assert.deepEqual([...ports], [wanted], 'from the port that the link will have');
  } finally {
    await sockets.close();
    remote.close();
  }
});

it('gives up in the end, also where nobody listens', async () => {
  const port = await freePort();
  const sockets = await JoinSockets.open([{ link: 0, address: '127.0.0.9', port }], NONE, await freePort());
  assert.equal(await sockets.ask(Uint8Array.of(0), () => 'no', 20), null);
  await sockets.close();
  await sockets.close();
});

it('takes the next port where the wanted one is in use, and for a second link from the same address', async () => {
  const taken = createSocket('udp4').bind(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address();
  const remote = { address: '127.0.0.9', port: 9 };
  const sockets = await JoinSockets.open(
    [
      { link: 0, ...remote },
      { link: 1, ...remote },
    ],
    NONE,
    port,
  );
  const ports = sockets.ways.map(({ local }) => local.port);
  assert.equal(new Set([port, ...ports]).size, 3);
  await sockets.close();
  taken.close();
});

it('of a member uses its own links, from other ports, and tells those of the links', async () => {
  const local = (address: string): LocalLinkConfig => ({ address, port: 4000, device: null });
  const configured = new Map([
    [1, local('127.0.0.3')],
    [2, local('0.0.0.0')],
    [3, local('::')],
  ]);
  const links = [0, 1, 2, 3].map((link) => ({ link, address: '127.0.0.9', port: 9 }));
  const sockets = await JoinSockets.open(links, configured, 20700);
  assert.deepEqual(
    sockets.ways.map(({ link, local: end }) => ({ link, ...end })),
    [
      { link: 1, address: '127.0.0.3', port: 4000 },
      { link: 2, address: '127.0.0.1', port: 4000 },
    ],
  );
  assert.deepEqual(
    sockets.unreachable.map((one) => one.split(': ')[1]),
    ['no local link 0', 'no local link 3'],
  );
  for (const { socket } of sockets.ways) assert.notEqual(socket.address().port, 4000);
  await sockets.close();
});

it('does not take this host for the inviter', async () => {
  const sockets = await JoinSockets.open([{ link: 0, address: '127.0.0.1', port: 9 }], NONE, 20700);
  assert.deepEqual(sockets.unreachable, ['127.0.0.1:9: this host has that address itself']);
  await sockets.close();
});
