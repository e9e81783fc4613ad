/**
 * A network of whole hosts in one process, in simulated time, from a seed: what a scenario is written
 * with. Nothing sleeps; the clock jumps from event to event.
 */
import assert from 'node:assert/strict';
import type { Aead } from '../../src/core/crypto/aead.js';
import type { Primitives } from '../../src/core/crypto/primitives.js';
import type { Cause } from '../../src/core/link/health.js';
import { DOWN, UP } from '../../src/core/link/health.js';
import type { LinkSettings } from '../../src/core/link/link.js';
import type { Policy } from '../../src/core/link/policy.js';
import { NodeAead } from '../../src/io/node-aead.js';
import { loadSodium } from '../../src/io/sodium.js';
import { toyPrimitives } from '../unit/toy-primitives.js';
import { publicAddress } from './address.js';
import { Host, type World } from './host.js';
import { BROADCAST, Ledger, type SentFrame } from './ledger.js';
import type { LaneMemory } from './memory-pool.js';
import { type Conditions, Network } from './network.js';
import { Random } from './random.js';
import { Schedule } from './schedule.js';
import { Stream, type StreamOptions } from './stream.js';
import { ToyAead } from './toy-aead.js';

const sodium = await loadSodium();

export const DEFAULT_SETTINGS: Readonly<LinkSettings> = {
  dynamic: false,
  priority: 100,
  weight: 1,
  mtu: 0,
  interval: 100,
  hold: 500,
  pongCount: 3,
};

export interface MeshOptions {
  links?: number;
  policy?: Policy;
  network?: string;
  settings?: Partial<LinkSettings>;
}

export interface SimOptions {
  seed: number;
  /** 'toy' is fast, 'node' is AES-256-GCM. */
  aead?: 'toy' | 'node';
  /** 'toy' is fast, for thousands of handshakes; else libsodium. */
  handshake?: 'toy' | 'sodium';
}

export class Sim implements World {
  readonly schedule = new Schedule();
  readonly ledger = new Ledger();
  readonly random: Random;
  readonly network: Network;
  readonly primitives: Primitives;
  readonly all: Host[] = [];
  readonly seed: number;
  readonly #realAead: boolean;
  #publicAddresses = 0;

  constructor(options: SimOptions) {
    this.seed = options.seed;
    this.primitives = options.handshake === 'toy' ? toyPrimitives : sodium;
    this.#realAead = options.aead === 'node';
    this.random = new Random(options.seed);
    this.network = new Network(this.schedule, this.random.fork());
  }

  get now(): number {
    return this.schedule.now;
  }

  makeAead(memory: LaneMemory): Aead {
    return this.#realAead ? new NodeAead(memory.arena) : new ToyAead(memory.arena);
  }

  // The network.

  /** What holds on all paths that were not yet used or set. */
  everywhere(conditions: Partial<Conditions>): void {
    Object.assign(this.network.conditions, conditions);
  }

  /** Hosts that all know each other, link by link. They do not run yet. */
  hosts(count: number, options: MeshOptions = {}): Host[] {
    const made = Array.from({ length: count }, () => this.host(options));
    for (const [n, a] of made.entries()) for (const b of made.slice(n + 1)) this.introduce(a, b, options);
    return made;
  }

  host(options: MeshOptions = {}): Host {
    const host = new Host(this, this.all.length + 1, options.network ?? 'lab', options.links ?? 2);
    this.all.push(host);
    return host;
  }

  /** Each has the other in its configuration. */
  introduce(a: Host, b: Host, options: MeshOptions = {}): void {
    this.configure(a, b, options);
    this.configure(b, a, options);
  }

  /** `host` has `peer` in its configuration; `known: false` leaves the peer's addresses to be learned. */
  configure(host: Host, peer: Host, options: MeshOptions & { known?: boolean } = {}): void {
    const known = options.known ?? true;
    const count = Math.min(host.endpoints.length, peer.endpoints.length);
    const settings = { ...DEFAULT_SETTINGS, dynamic: !known, ...options.settings };
    const links = Array.from({ length: count }, () => ({ settings: { ...settings }, known }));
    host.peers.push({ host: peer, policy: options.policy ?? 'active', links });
  }

  /** Changes one link of a peer in a configuration that is not running yet. */
  tune(host: Host, peer: Host, link: number, settings: Partial<LinkSettings>): void {
    Object.assign(host.peers[host.indexOf(peer)]!.links[link]!.settings, settings);
  }

  /** Starts hosts at the very same instant. */
  start(...hosts: Host[]): void {
    for (const host of hosts) host.start();
  }

  run(milliseconds: number): void {
    this.schedule.run(milliseconds);
  }

  after(milliseconds: number, work: () => void): void {
    this.schedule.after(milliseconds, work);
  }

  // Faults.

  /** A black hole: nothing passes between two hosts on a link, and nobody is told. */
  cut(a: Host, b: Host, link: number): void {
    this.cutOneWay(a, b, link);
    this.cutOneWay(b, a, link);
  }

  cutOneWay(from: Host, to: Host, link: number): void {
    this.network.path(from.id, to.id, link).cut = true;
  }

  mend(a: Host, b: Host, link: number): void {
    this.network.path(a.id, b.id, link).cut = false;
    this.network.path(b.id, a.id, link).cut = false;
  }

  /** The host's own interface goes down, and the kernel says so. */
  unplug(host: Host, link: number, cause: Cause = 'carrier'): void {
    host.endpoints[link]!.up = false;
    host.tellLocal(link, cause);
  }

  plug(host: Host, link: number): void {
    host.endpoints[link]!.up = true;
    host.tellLocal(link, 'none');
  }

  /** Puts the host's link behind a NAT, or has the NAT forget it and choose another endpoint. */
  rebind(host: Host, link: number): void {
    host.endpoints[link]!.rebind(publicAddress(this.#publicAddresses++));
  }

  // Traffic.

  send(from: Host, to: Host, size = 100): SentFrame {
    return this.#put(from, to.id, size);
  }

  broadcast(from: Host, size = 100): SentFrame {
    return this.#put(from, BROADCAST, size);
  }

  #put(from: Host, to: SentFrame['to'], size: number): SentFrame {
    const frame = this.ledger.make(from.id, to, from.networkName, size, this.now);
    from.send(frame.bytes);
    return frame;
  }

  /** Frames at a steady pace from one host to another. */
  stream(from: Host, to: Host, options: StreamOptions = {}): Stream {
    return new Stream(this, from, to, options);
  }

  // Looking.

  /** Whether `a` has a link to `b` that is up. */
  up(a: Host, b: Host, link: number): boolean {
    if (!a.alive) return false;
    return (a.lane.state.peers[a.indexOf(b)]?.links[link]?.health.state ?? DOWN) >= UP;
  }

  /** Whether frames have a way between two hosts, both ways. */
  joined(a: Host, b: Host): boolean {
    return this.#hasWay(a, b) && this.#hasWay(b, a);
  }

  #hasWay(a: Host, b: Host): boolean {
    const peer = a.alive ? a.lane.state.peers[a.indexOf(b)] : null;
    return peer != null && peer.keys.current !== null && peer.usable !== 0;
  }

  /** Runs until `is` holds, and returns how long that took. */
  runUntil(is: () => boolean, patience: number, what: string): number {
    const begun = this.now;
    while (!is()) {
      assert.ok(this.now - begun < patience, `${what}: not within ${patience} ms`);
      this.run(1);
    }
    return this.now - begun;
  }

  /** Nothing happened that must never happen. */
  check(): void {
    assert.deepEqual(this.ledger.violations.slice(0, 5), []);
  }

  close(): void {
    for (const host of this.all) host.kill();
    this.schedule.clear();
  }
}
