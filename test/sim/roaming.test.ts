/** Peers whose address is not known, or changes: NAT. */
import assert from 'node:assert/strict';
import { addressRecord, hostAddress, publicAddress } from './address.js';
import type { Host } from './host.js';
import { scenario } from './scenario.js';
import { DEFAULT_SETTINGS, type Sim } from './sim.js';

const { interval } = DEFAULT_SETTINGS;

/** `client` stands behind a NAT on all its links and knows `server`, which waits to be called. */
function behindNat(sim: Sim, links: number): [client: Host, server: Host] {
  const [client, server] = [sim.host({ links }), sim.host({ links })];
  sim.configure(client, server, { policy: 'active' });
  sim.configure(server, client, { policy: 'active', known: false });
  for (let link = 0; link < links; link++) sim.rebind(client, link);
  return [client, server];
}

scenario('a server that knows no address is reached, and answers', { seeds: 10 }, (sim) => {
  const [client, server] = behindNat(sim, 2);
  sim.start(server, client);
  sim.run(1500);
  for (const link of [0, 1]) assert.ok(sim.up(server, client, link) && sim.up(client, server, link));
  const stream = sim.stream(server, client);
  sim.run(100);
  stream.finish();
  assert.equal(stream.lost.length, 0, `${stream}`);
});

scenario('NAT rebinding: traffic is back within one heartbeat', { seeds: 30 }, (sim) => {
  const links = sim.random.int(1, 2);
  const [client, server] = behindNat(sim, links);
  sim.start(server, client);
  sim.run(2000 + sim.random.between(0, 100));
  const stream = sim.stream(server, client);
  sim.run(100);
  const moved = sim.now;
  for (let link = 0; link < links; link++) sim.rebind(client, link);
  sim.run(1000);
  stream.finish();
  const gap = stream.longestGap(moved);
  assert.ok(gap <= interval + 2 * 5 + 2, `${gap} ms`);
  assert.ok(sim.up(server, client, 0), 'the link was not even down');
});

scenario(
  'NAT rebinding in the very moment of a rekey: the old keys still say where the peer is',
  { seeds: 60 },
  (sim) => {
    const [client, server] = behindNat(sim, 1);
    sim.everywhere({ delay: 20 });
    sim.start(server, client);
    sim.run(2000);
    const stream = sim.stream(server, client);
    const host = sim.random.pick([client, server]);
    host.control(() => host.machine.rekey(0, sim.now));
    sim.run(sim.random.between(0, 100));
    const moved = sim.now;
    sim.rebind(client, 0);
    sim.run(1500);
    stream.finish();
    const gap = stream.longestGap(moved);
    assert.ok(gap <= 2 * interval + 6 * 20, `${gap} ms`);
  },
);

scenario('the server restarts: the client behind the NAT calls again', { seeds: 10 }, (sim) => {
  const [client, server] = behindNat(sim, 1);
  sim.start(server, client);
  sim.run(2000);
  server.kill();
  sim.run(sim.random.between(10, 3000));
  server.start();
  sim.runUntil(() => sim.joined(client, server), 6500, 'joined again');
});

scenario('a replayed heartbeat from elsewhere moves no endpoint', { seeds: 5 }, (sim) => {
  const [client, server] = behindNat(sim, 1);
  const heard: Uint8Array[] = [];
  sim.network.wiretap = ({ bytes, to }) => {
    if (to === server.id) heard.push(bytes.slice());
  };
  sim.start(server, client);
  sim.run(2000);
  const thief = publicAddress(4000);
  let answers = 0;
  sim.network.attach(thief, { host: -7, receive: () => answers++ });
  sim.run(6000); // by now a copy of the first initiation is no more answered either
  sim.network.wiretap = null;
  sim.run(100); // and nothing that was heard is still on its way
  for (const bytes of heard) sim.network.inject(thief, hostAddress(server.id, 0), bytes);
  const stream = sim.stream(server, client);
  sim.run(300);
  stream.finish();
  assert.equal(stream.lost.length, 0, `${stream}`);
  assert.equal(answers, 0);
});

scenario('a fixed endpoint stays what the configuration says', {}, (sim) => {
  const [a, b] = sim.hosts(2, { links: 1 }) as [Host, Host];
  sim.start(a, b);
  sim.run(1000);
  sim.rebind(a, 0);
  sim.run(2000);
  assert.ok(!sim.up(a, b, 0), 'b goes on sending where it was told to');
  b.control(() => {
    const { settings } = b.peers[0]!.links[0]!;
    b.lane.setLink(0, 0, settings, addressRecord(a.endpoints[0]!.address), sim.now);
  });
  sim.run(1000);
  assert.ok(sim.up(a, b, 0));
});
