/**
 * Two handshake machines with a network between them, in simulated time. Each end has a model of the
 * lane: previous, current and next keys, a ping every 250 ms under the current ones, and `confirmed` when
 * the first datagram under *next* comes in.
 */
import assert from 'node:assert/strict';
import type { Primitives } from '../../src/core/crypto/primitives.js';
import { Handshakes } from '../../src/core/session/handshake.js';
import type { HandshakeEvent, HandshakeSink, Refusal } from '../../src/core/session/handshake-sink.js';
import type { SessionKeys } from '../../src/core/session/keys.js';

/** A small seeded generator (mulberry32): 0 to 1. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function randomBytes(next: () => number): (length: number) => Uint8Array {
  return (length) => Uint8Array.from({ length }, () => Math.floor(next() * 256));
}

/** What the network does to one datagram: the delays of its copies in ms; none when it is lost. */
export type Fate = (from: 0 | 1, link: number, now: number) => number[];

export interface PairOptions {
  primitives: Primitives;
  seed?: number;
  links?: number;
  fate?: Fate;
}

type Datagram = { bytes: Uint8Array } | { receiverIndex: number; key: string };

const ADDRESS = (side: number, link: number) =>
  Uint8Array.from({ length: 28 }, (_, i) => (i === 0 ? side : i === 1 ? link : 0));
const PING = 250;

export class End implements HandshakeSink {
  readonly handshakes: Handshakes;
  readonly secretKey: Uint8Array;
  readonly publicKey: Uint8Array;
  previous: SessionKeys | null = null;
  current: SessionKeys | null = null;
  next: SessionKeys | null = null;
  overtaken: SessionKeys | null = null;
  /** Everything that the sink heard. */
  readonly keys: SessionKeys[] = [];
  readonly events: HandshakeEvent[] = [];
  readonly refusals: Refusal[] = [];
  readonly expirations: number[] = [];
  /** Handshake datagrams sent, each copy of it. */
  readonly sent: Uint8Array[] = [];
  undeliverable = 0;
  #stamp = 0n;

  constructor(
    readonly pair: Pair,
    readonly side: 0 | 1,
    primitives: Primitives,
    seed: number,
  ) {
    const random = randomBytes(generator(seed));
    this.secretKey = random(32);
    this.publicKey = primitives.x25519Base(this.secretKey);
    this.handshakes = new Handshakes({ primitives, random, stamp: () => ++this.#stamp, sink: this });
  }

  /** 1 for the first end, 2 for the second. */
  get hostId(): number {
    return this.side + 1;
  }

  identify(psk: Uint8Array | null = null, network = 'lab'): void {
    const { secretKey, hostId } = this;
    this.handshakes.setIdentity({ secretKey, hostId, network, cipher: 'aes-256-gcm', networkPsk: psk });
  }

  connect(): void {
    this.handshakes.connect(0, this.pair.now);
  }

  sendOnAllLinks(_peer: number, bytes: Uint8Array, except: number): void {
    for (let link = 0; link < this.pair.links; link++) {
      if ((except & (1 << link)) === 0) this.sendReply(link, ADDRESS(this.side, link), bytes);
    }
  }

  sendReply(link: number, _address: Uint8Array, bytes: Uint8Array): void {
    this.sent.push(bytes);
    this.pair.carry(this.side, link, { bytes });
  }

  established(keys: SessionKeys): void {
    this.keys.push(keys);
    const unused = this.next;
    this.next = keys;
    if (keys.initiator) this.#promote();
    this.overtaken = unused;
    if (keys.initiator) this.ping();
  }

  expired(_peer: number, localIndex: number): void {
    this.expirations.push(localIndex);
    for (const slot of ['previous', 'current', 'next', 'overtaken'] as const) {
      if (this[slot]?.localIndex === localIndex) this[slot] = null;
    }
  }

  refused(reason: Refusal): void {
    this.refusals.push(reason);
  }

  event(_peer: number, event: HandshakeEvent): void {
    this.events.push(event);
  }

  ping(): void {
    if (this.current === null) return;
    const datagram = { receiverIndex: this.current.remoteIndex, key: hex(this.current.sendKey) };
    for (let link = 0; link < this.pair.links; link++) this.pair.carry(this.side, link, datagram);
  }

  receive(link: number, datagram: Datagram): void {
    if ('bytes' in datagram) {
      this.handshakes.onDatagram(link, datagram.bytes, ADDRESS(1 - this.side, link), this.pair.now);
      return;
    }
    const session = [this.previous, this.current, this.next, this.overtaken].find(
      (keys) => keys?.localIndex === datagram.receiverIndex,
    );
    if (!session || hex(session.receiveKey) !== datagram.key) {
      this.undeliverable++;
      return;
    }
    if (session !== this.next) return;
    this.#promote();
    this.handshakes.confirmed(0, session.localIndex);
  }

  #promote(): void {
    this.previous = this.current;
    this.current = this.next;
    this.next = null;
    this.overtaken = null;
  }
}

export class Pair {
  now = 0;
  readonly links: number;
  readonly ends: readonly [End, End];
  fate: Fate;
  readonly #queue: { at: number; order: number; run: () => void }[] = [];
  #order = 0;

  constructor(options: PairOptions) {
    this.links = options.links ?? 1;
    this.fate = options.fate ?? (() => [10]);
    const seed = options.seed ?? 1;
    this.ends = [new End(this, 0, options.primitives, seed * 2), new End(this, 1, options.primitives, seed * 2 + 1)];
    const [a, b] = this.ends;
    a.identify();
    b.identify();
    a.handshakes.setPeer({ peer: 0, hostId: b.hostId, publicKey: b.publicKey, psk: null });
    b.handshakes.setPeer({ peer: 0, hostId: a.hostId, publicKey: a.publicKey, psk: null });
    for (const end of this.ends) this.#every(PING, () => end.ping());
  }

  carry(from: 0 | 1, link: number, datagram: Datagram): void {
    for (const delay of this.fate(from, link, this.now)) {
      this.at(this.now + delay, () => this.ends[1 - from]?.receive(link, datagram));
    }
  }

  at(time: number, run: () => void): void {
    this.#queue.push({ at: time, order: this.#order++, run });
  }

  #every(interval: number, run: () => void): void {
    this.at(this.now + interval, () => {
      run();
      this.#every(interval, run);
    });
  }

  /** Runs both ends up to `time`. */
  runUntil(time: number): void {
    for (let steps = 0; ; steps++) {
      assert.ok(steps < 1_000_000, 'the machines do not come to rest');
      const timeout = Math.min(...this.ends.map((end) => end.handshakes.nextTimeout()));
      let first = this.#queue[0];
      for (const item of this.#queue) {
        if (first && (item.at < first.at || (item.at === first.at && item.order < first.order))) first = item;
      }
      const next = Math.min(timeout, first?.at ?? Number.POSITIVE_INFINITY);
      if (next > time) break;
      this.now = Math.max(this.now, next);
      if (first && first.at <= timeout) {
        this.#queue.splice(this.#queue.indexOf(first), 1);
        first.run();
      } else {
        for (const end of this.ends) end.handshakes.onTimeout(this.now);
      }
    }
    this.now = time;
  }

  /** Both ends send and receive under the same session, and neither has anything left to do. */
  assertAgreed(message = ''): void {
    const [a, b] = this.ends;
    assert.ok(a.current, `the first end has a session ${message}`);
    assert.ok(b.current, `the second end has a session ${message}`);
    assert.equal(a.current.remoteIndex, b.current.localIndex, `one session at both ends ${message}`);
    assert.equal(b.current.remoteIndex, a.current.localIndex, `one session at both ends ${message}`);
    assert.equal(hex(a.current.sendKey), hex(b.current.receiveKey));
    assert.equal(hex(b.current.sendKey), hex(a.current.receiveKey));
    assert.notEqual(hex(a.current.sendKey), hex(a.current.receiveKey));
    assert.notEqual(a.current.initiator, b.current.initiator, `one is the initiator ${message}`);
  }
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
