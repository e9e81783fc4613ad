/**
 * The process of a swarm; lab/swarm.ts starts it. The first line of standard input says what it is to be;
 * then `connect` calls the daemon, and `state` asks how many links are up. Each line is answered by one.
 */
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { DEFAULTS } from '../src/config/model.js';
import { COUNTERS_LENGTH } from '../src/core/counters.js';
import { ARENA_SIZE } from '../src/core/layout.js';
import { NodeAead } from '../src/io/node-aead.js';
import { OpensslAead } from '../src/io/openssl.js';
import { loadSodium } from '../src/io/sodium.js';
import { arena, evp } from '../src/io/syscalls.js';
import { type Commons, SwarmHost } from './swarm-host.js';

/** Keys in base64. */
export interface SwarmSetup {
  network: string;
  /** Of heartbeats, milliseconds. */
  interval: number;
  hold: number;
  networkPsk: string;
  daemon: { hostId: number; publicKey: string; port: number };
  links: { local: string; remote: string }[];
  hosts: { hostId: number; secretKey: string; port: number }[];
}

export interface SwarmState {
  /** Links that are up, at the swarm's end. */
  up: number;
  /** How often any of them went down. */
  downs: number;
}

/** The hosts' clocks differ by up to so many milliseconds. */
const CLOCKS_APART = 1000;

async function makeHosts(setup: SwarmSetup): Promise<SwarmHost[]> {
  const memory = arena(ARENA_SIZE);
  const openssl = evp();
  const { priority, weight, pongCount } = DEFAULTS;
  const { interval, hold } = setup;
  let lastStamp = 0n;
  const commons: Commons = {
    arena: memory,
    counters: new Float64Array(COUNTERS_LENGTH),
    aead: openssl === null ? new NodeAead(memory) : new OpensslAead(openssl, memory),
    primitives: await loadSodium(),
    random: (length) => new Uint8Array(randomBytes(length)),
    stamp: () => {
      const wall = BigInt(Date.now()) * 1000n;
      lastStamp = wall > lastStamp ? wall : lastStamp + 1n;
      return lastStamp;
    },
    network: setup.network,
    cipher: DEFAULTS.cipher,
    networkPsk: fromBase64(setup.networkPsk),
    settings: { dynamic: false, priority, weight, mtu: 0, interval, hold, pongCount },
    daemon: { ...setup.daemon, publicKey: fromBase64(setup.daemon.publicKey) },
    links: setup.links,
  };
  const hosts = setup.hosts.map(({ hostId, secretKey, port }, index) => {
    const ahead = Math.random() * CLOCKS_APART;
    return new SwarmHost(commons, { index, hostId, secretKey: fromBase64(secretKey), port, ahead });
  });
  for (const host of hosts) await host.open();
  return hosts;
}

function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'));
}

function stateOf(hosts: SwarmHost[]): SwarmState {
  return {
    up: hosts.reduce((sum, host) => sum + host.up, 0),
    downs: hosts.reduce((sum, host) => sum + host.downs, 0),
  };
}

let hosts: SwarmHost[] = [];
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'connect') for (const host of hosts) host.connect();
  else if (line !== 'state') hosts = await makeHosts(JSON.parse(line));
  process.stdout.write(`${JSON.stringify(stateOf(hosts))}\n`);
}
process.exit(0);
