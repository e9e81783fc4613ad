/** TCP super-frames: split on the way out, joined on the way in; every byte of the stream comes once. */
import assert from 'node:assert/strict';
import type { Host } from './host.js';
import { scenario } from './scenario.js';
import type { Sim } from './sim.js';
import { readSegment, streamByte, superFrame } from './tcp.js';

/** How often each byte came, and how many frames brought them. */
function listen(host: Host, total: number): { times: Uint8Array; frames: () => number } {
  const times = new Uint8Array(total);
  let frames = 0;
  host.delivered = (frame) => {
    frames++;
    const segment = readSegment(frame);
    if (typeof segment === 'string') throw new Error(segment);
    for (const [i, byte] of segment.payload.entries()) {
      const position: number = segment.position + i;
      assert.equal(byte, streamByte(position), `byte ${position} is changed`);
      times[position]! += 1;
    }
  };
  return { times, frames: () => frames };
}

/** Sends `total` bytes as super-frames of many sizes. */
function stream(sim: Sim, from: Host, total: number): void {
  let id = 0;
  let position = 0;
  while (position < total) {
    const size = sim.random.pick([536, 1000, 1448, 8948]);
    const length: number = Math.min(
      sim.random.pick([size, 3 * size, 20 * size, sim.random.int(1, 64_000)]),
      64_000,
      total - position,
    );
    from.send(...(superFrame(position, length, size, id).reverse() as [Uint8Array, Uint8Array]));
    position += length;
    id = (id + Math.ceil(length / size)) & 0xffff;
    sim.run(sim.random.pick([0, 0, 1, 5]));
  }
}

const TOTAL = 500_000;

scenario('on good links nothing is missing, and frames come joined', { seeds: 6 }, (sim) => {
  const policy = sim.random.pick(['passive', 'active', 'round-robin'] as const);
  const [a, b] = sim.hosts(2, { policy }) as [Host, Host];
  const mtu = sim.random.pick([576, 1400, 1500, 9000]);
  for (const endpoint of a.endpoints) endpoint.mtu = mtu;
  const { times, frames } = listen(b, TOTAL);
  sim.start(a, b);
  sim.run(1000);
  stream(sim, a, TOTAL);
  sim.run(500);
  assert.ok(times.every((count) => count === 1));
  if (mtu >= 1400) assert.ok(frames() < TOTAL / 3000, `${frames()} frames`);
});

scenario('on bad links a byte comes once or not at all', { seeds: 6 }, (sim) => {
  sim.everywhere({ delay: 3, jitter: 20, loss: 0.1, duplicates: 0.3 });
  const policy = sim.random.pick(['passive', 'active', 'round-robin'] as const);
  const [a, b] = sim.hosts(2, { policy, links: 3 }) as [Host, Host];
  const { times } = listen(b, TOTAL);
  sim.start(a, b);
  sim.run(2000);
  stream(sim, a, TOTAL);
  sim.run(500);
  assert.ok(times.every((count) => count <= 1));
  const came = times.reduce((total, count) => total + count, 0);
  assert.ok(came > 0.4 * TOTAL, `${came} of ${TOTAL} bytes`);
});
