/**
 * One host of a swarm: a Sennit host with a key, an id, a clock and sockets of its own and the core's own
 * lane and handshake machine, but without a TAP: it shakes hands with one real daemon and keeps its links
 * up, as an idle host does.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Arena } from '../src/core/arena.js';
import type { Aead } from '../src/core/crypto/aead.js';
import type { Cipher } from '../src/core/crypto/cipher.js';
import type { Primitives } from '../src/core/crypto/primitives.js';
import { Lane } from '../src/core/lane.js';
import { RX_ADDRESS_AT, RX_AT } from '../src/core/layout.js';
import { ADDRESS_STRIDE } from '../src/core/limits.js';
import { UP } from '../src/core/link/health.js';
import type { LinkSettings } from '../src/core/link/link.js';
import { RxBatch } from '../src/core/rx-batch.js';
import { Handshakes } from '../src/core/session/handshake.js';
import type { LaneSink } from '../src/core/state.js';
import type { TxBatch } from '../src/core/tx-batch.js';
import { addressRecord } from '../src/io/udp-socket.js';

/** What the hosts of a process have in common; they take turns, so one arena and one AEAD do for all. */
export interface Commons {
  arena: Arena;
  counters: Float64Array;
  aead: Aead;
  primitives: Primitives;
  random: (length: number) => Uint8Array;
  stamp: () => bigint;
  network: string;
  cipher: Cipher;
  networkPsk: Uint8Array;
  settings: LinkSettings;
  /** The daemon that all shake hands with. */
  daemon: { hostId: number; publicKey: Uint8Array; port: number };
  /** By link: the swarm's address, and the daemon's. */
  links: { local: string; remote: string }[];
}

export interface SwarmHostOptions {
  /** Index of the daemon in this host's lane; another for each host, as their counters lie in one array. */
  index: number;
  hostId: number;
  secretKey: Uint8Array;
  /** UDP port, the same on all links. */
  port: number;
  /** Milliseconds by which its clock is ahead of that of the process, as no two hosts tick together. */
  ahead: number;
}

const MTU = 1500;
const HEADERS = 28;

export class SwarmHost {
  /** Links that are up. */
  up = 0;
  /** Times that a link went down. */
  downs = 0;
  readonly #commons: Commons;
  readonly #options: SwarmHostOptions;
  readonly #lane: Lane;
  readonly #machine: Handshakes;
  readonly #sockets: Socket[] = [];
  readonly #batch = new RxBatch();
  readonly #states: number[];
  #alarm = Number.POSITIVE_INFINITY;

  constructor(commons: Commons, options: SwarmHostOptions) {
    this.#commons = commons;
    this.#options = options;
    this.#states = commons.links.map(() => 0);
    const { arena, counters, aead } = commons;
    this.#lane = new Lane({ arena, counters, aead, sink: this.#laneSink(), seed: options.index }, this.#now());
    this.#machine = this.#makeMachine();
  }

  /** Opens the sockets. */
  async open(): Promise<void> {
    const { links, daemon } = this.#commons;
    for (const [link, { local, remote }] of links.entries()) {
      const socket = createSocket('udp4', (datagram) => this.#receive(link, datagram));
      socket.on('error', () => {}); // the daemon does not listen yet
      socket.bind(this.#options.port, local);
      await once(socket, 'listening');
      socket.connect(daemon.port, remote);
      await once(socket, 'connect');
      this.#sockets.push(socket);
    }
  }

  /** Calls the daemon. */
  connect(): void {
    const { secretKey, hostId, index } = this.#options;
    const { network, cipher, networkPsk, daemon, links, settings } = this.#commons;
    const now = this.#now();
    this.#machine.setIdentity({ secretKey, hostId, network, cipher, networkPsk });
    this.#lane.setPeer(index, daemon.hostId, 'passive');
    for (const [link, { remote }] of links.entries()) {
      this.#lane.setLocalLink(link, true, MTU, HEADERS, 'none', now);
      this.#lane.setLink(index, link, settings, addressRecord(remote, daemon.port), now);
    }
    this.#machine.setPeer({ peer: index, hostId: daemon.hostId, publicKey: daemon.publicKey, psk: null });
    this.#machine.connect(index, now);
    this.#arm();
  }

  #now(): number {
    return performance.now() + this.#options.ahead;
  }

  /** Waits for what is due next, unless a timer runs that ends sooner. */
  #arm(): void {
    const at = Math.min(this.#lane.nextTimeout(), this.#machine.nextTimeout());
    if (at >= this.#alarm) return;
    this.#alarm = at;
    setTimeout(
      () => {
        this.#alarm = Number.POSITIVE_INFINITY;
        this.#machine.onTimeout(this.#now());
        this.#lane.onTimeout(this.#now());
        this.#arm();
      },
      Math.max(0, at - this.#now()),
    );
  }

  #receive(link: number, datagram: Uint8Array): void {
    const { arena } = this.#commons;
    arena.bytes.set(datagram, RX_AT);
    arena.bytes.set(addressRecord(this.#commons.links[link]?.remote ?? '', this.#commons.daemon.port), RX_ADDRESS_AT);
    this.#batch.offset[0] = RX_AT;
    this.#batch.length[0] = datagram.length;
    this.#batch.segment[0] = datagram.length;
    this.#batch.address[0] = RX_ADDRESS_AT;
    this.#batch.count = 1;
    this.#lane.onDatagrams(link, this.#batch, this.#now());
    this.#arm();
  }

  /** There are no frames, so every run is one datagram: a heartbeat or a handshake, and always to the daemon. */
  #transmit(batch: TxBatch): void {
    const { bytes } = this.#commons.arena;
    for (let run = 0; run < batch.count; run++) {
      const at = batch.offset[run]!;
      const datagram = bytes.slice(at, at + batch.length[run]!);
      for (const [link, socket] of this.#sockets.entries()) {
        if ((batch.mask[run]! & (1 << link)) !== 0) socket.send(datagram, () => {});
      }
    }
  }

  #laneSink(): LaneSink {
    const { bytes } = this.#commons.arena;
    // What concerns the machine waits until the lane is done, as it does between a daemon's threads.
    const later = (work: (now: number) => void) =>
      queueMicrotask(() => {
        work(this.#now());
        this.#arm();
      });
    return {
      transmit: (batch) => this.#transmit(batch),
      deliver: () => {},
      handshake: (link, offset, length, addressOff) => {
        const message = bytes.slice(offset, offset + length);
        const address = bytes.slice(addressOff, addressOff + ADDRESS_STRIDE);
        later((now) => this.#machine.onDatagram(link, message, address, now));
      },
      linkChanged: (_peer, link, state) => {
        if (this.#states[link] === UP) this.downs++;
        this.#states[link] = state;
        this.up = this.#states.filter((each) => each === UP).length;
      },
      confirmed: (peer, localIndex) => later(() => this.#machine.confirmed(peer, localIndex)),
      handshakeNeeded: (peer) => later((now) => this.#machine.rekey(peer, now)),
      failover() {},
      pathMtu: () => undefined,
      alarm: () => undefined,
    };
  }

  #makeMachine(): Handshakes {
    const { primitives, random, stamp } = this.#commons;
    return new Handshakes({
      primitives,
      random,
      stamp,
      sink: {
        sendOnAllLinks: (peer, bytes, except) => this.#lane.sendHandshake(bytes, peer, 0, null, this.#now(), except),
        sendReply: (link, address, bytes) => this.#lane.sendHandshake(bytes, -1, link, address, this.#now()),
        established: (keys) => this.#lane.installKeys(keys, this.#now()),
        expired: (peer, localIndex) => this.#lane.expireKeys(peer, localIndex, this.#now()),
      },
    });
  }
}
