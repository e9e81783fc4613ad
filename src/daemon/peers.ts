/**
 * The peers that the configuration names, as the lane and the handshakes know them. A peer takes part
 * when it is not shut down, has a public key, and this host has a key and an id. Only what differs
 * from before is told to the lane, so other peers, and a peer's other links, are not disturbed.
 */
import { isDeepStrictEqual } from 'node:util';
import { type Config, followsPeer, type PeerConfig, type PeerLinkConfig } from '../config/model.js';
import type { LinkSettings } from '../core/link/link.js';
import { addressRecord } from '../io/udp-socket.js';
import { guardOf } from './guards.js';
import type { HandshakeDriver } from './handshake-driver.js';
import { readKeyFile } from './key-files.js';
import type { LaneClient } from './lane-client.js';
import type { Transaction } from './transaction.js';

interface Known {
  index: number;
  config: PeerConfig;
}

export class Peers {
  private readonly byName = new Map<string, Known>();
  private readonly names = new Map<number, string>();

  constructor(
    private readonly lane: LaneClient,
    private readonly handshakes: () => HandshakeDriver,
  ) {}

  indexOf(name: string): number | null {
    return this.byName.get(name)?.index ?? null;
  }

  nameOf(index: number): string {
    return this.names.get(index) ?? `#${index}`;
  }

  /**
   * Brings one peer from what it is to what `next` wants of it.
   * @param able this host has an identity; without one no peer takes part.
   * @param strict a key file that can't be read any more is an error
   * @throws EngineError when a key file can't be used
   */
  set(transaction: Transaction, name: string, next: Config, able: boolean, strict = false): void {
    const wanted = next.interface?.peers.get(name);
    const known = this.byName.get(name);
    const takesPart = wanted !== undefined && able && !wanted.shutdown && wanted.publicKey !== null;
    if (!takesPart) {
      if (known !== undefined) transaction.finally(() => this.remove(name, known));
      return;
    }
    const publicKey = new Uint8Array(Buffer.from(wanted.publicKey ?? '', 'base64'));
    const psk = wanted.pskFile === null ? null : readKeyFile(wanted.pskFile, 'pre-shared key', strict);
    const overlap = next.keyOverlap * 1000;
    transaction.finally(() => this.put(name, known, wanted, { publicKey, psk, overlap }));
  }

  private put(
    name: string,
    known: Known | undefined,
    wanted: PeerConfig,
    keys: { publicKey: Uint8Array; psk: Uint8Array | null; overlap: number },
  ): void {
    const { lane } = this;
    const index = known?.index ?? this.freeIndex();
    this.byName.set(name, { index, config: structuredClone(wanted) });
    this.names.set(index, name);
    if (known !== undefined && known.config.id !== wanted.id) lane.post({ type: 'remove-peer', peer: index });
    const buffer = wanted.failoverBuffer * 2 ** 20;
    lane.post({ type: 'peer', peer: index, hostId: wanted.id, policy: wanted.policy, buffer });
    const before = known !== undefined && known.config.id === wanted.id ? known.config : null;
    const guard = guardOf(wanted);
    if (before === null || !isDeepStrictEqual(guardOf(before), guard)) lane.post({ type: 'guard', peer: index, guard });
    this.putLinks(index, before, wanted);
    const { machine } = this.handshakes();
    const { publicKey, psk, overlap } = keys;
    const now = performance.now();
    const oldUntil = overlap === 0 ? {} : { oldUntil: now + overlap };
    const anew = machine.setPeer({ peer: index, hostId: wanted.id, publicKey, psk, ...oldUntil });
    psk?.fill(0);
    if (anew) {
      if (known !== undefined) lane.post({ type: 'drop-session', peer: index });
      machine.connect(index, now);
    }
    this.handshakes().schedule();
  }

  private putLinks(index: number, before: PeerConfig | null, after: PeerConfig): void {
    for (const link of before?.links.keys() ?? []) {
      const config = after.links.get(link);
      if (config === undefined || config.shutdown) this.lane.post({ type: 'remove-link', peer: index, link });
    }
    for (const [link, config] of after.links) {
      const old = before?.links.get(link);
      if (config.shutdown || (old !== undefined && sameLink(old, config))) continue;
      const address = config.endpoint === null ? null : addressRecord(config.endpoint.address, config.endpoint.port);
      // A moved endpoint is told only when it was changed here: what the peer made known stays otherwise.
      const moved = old === undefined || old.shutdown || !sameEndpoint(old, config);
      const known = moved || !config.dynamic ? address : null;
      this.lane.post({ type: 'link', peer: index, link, settings: settingsOf(config), address: known });
    }
  }

  private remove(name: string, known: Known): void {
    this.byName.delete(name);
    this.names.delete(known.index);
    this.lane.post({ type: 'remove-peer', peer: known.index });
    this.handshakes().machine.removePeer(known.index);
    this.handshakes().schedule();
  }

  private freeIndex(): number {
    let index = 0;
    while (this.names.has(index)) index++;
    return index;
  }
}

function settingsOf(config: PeerLinkConfig): LinkSettings {
  return {
    dynamic: followsPeer(config),
    priority: config.priority,
    weight: config.weight,
    mtu: config.mtu ?? 0,
    interval: config.interval,
    hold: config.hold,
    pongCount: config.pongCount,
  };
}

function sameEndpoint(a: PeerLinkConfig, b: PeerLinkConfig): boolean {
  return a.endpoint?.address === b.endpoint?.address && a.endpoint?.port === b.endpoint?.port;
}

function sameLink(a: PeerLinkConfig, b: PeerLinkConfig): boolean {
  const left = { ...settingsOf(a), shutdown: a.shutdown };
  const right = { ...settingsOf(b), shutdown: b.shutdown };
  return sameEndpoint(a, b) && JSON.stringify(left) === JSON.stringify(right);
}
