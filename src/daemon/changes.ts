/**
 * What a change of the configuration does: the difference of two models becomes steps of a transaction.
 * Everything that can fail is done first; then the lane and the handshakes are told, and only of what
 * differs.
 */
import { diff } from '../config/diff.js';
import type { Config, InterfaceConfig } from '../config/model.js';
import { EngineError } from '../control/engine.js';
import { MAX_PEERS } from '../core/limits.js';
import type { Log } from '../log/log.js';
import { moveLimitOf, stormRatesOf } from './guards.js';
import type { HandshakeDriver } from './handshake-driver.js';
import { identityOf, wipeIdentity } from './identity.js';
import type { LaneClient } from './lane-client.js';
import type { LocalLinks } from './local-links.js';
import type { Peers } from './peers.js';
import type { TapInterface } from './tap-interface.js';
import type { Transaction } from './transaction.js';

/** What a configuration is made real with. */
export interface Parts {
  lane: LaneClient;
  tap: TapInterface;
  localLinks: LocalLinks;
  peers: Peers;
  handshakes: HandshakeDriver;
  log: Log;
}

export class Changes {
  /** This host has an identity, so that peers can take part. */
  private able = false;

  constructor(private readonly parts: Parts) {}

  /**
   * Puts together what turns `before` into `next`.
   * @throws Error when a step can't be done; the caller rolls back
   */
  prepare(transaction: Transaction, before: Config, next: Config): void {
    const touched = new Set<string>();
    const wanted = next.interface?.peers.size ?? 0;
    if (wanted > MAX_PEERS) throw new EngineError(`${wanted} peers are too many: a daemon has room for ${MAX_PEERS}`);
    const old = before.interface;
    const tap = next.interface;
    let anew = false;
    let otherKeys = false;
    for (const change of diff(before, next)) {
      switch (change.kind) {
        case 'network':
          if (this.able && change.fields.every((field) => field === 'pskFile')) otherKeys = true;
          else anew = true;
          if (old !== null && tap !== null && old.name === tap.name)
            this.parts.tap.renamed(transaction, tap, before, next);
          break;
        case 'key-overlap':
          otherKeys = true; // an old key of this host counts longer now, or no more
          if (next.keyOverlap === 0) transaction.finally(() => this.parts.handshakes.machine.endOverlaps());
          break;
        case 'interface-remove':
          anew = true;
          for (const link of old?.localLinks.keys() ?? []) this.parts.localLinks.set(transaction, link, null);
          this.parts.tap.remove(transaction);
          break;
        case 'interface-create':
          anew = true;
          this.createTap(transaction, next);
          break;
        case 'interface-rename':
          this.parts.tap.remove(transaction);
          this.createTap(transaction, next);
          break;
        case 'interface-change':
          if (change.fields.includes('hostId')) anew = true;
          if (old !== null && tap !== null && old.name === tap.name)
            this.parts.tap.change(transaction, old, tap, next.network);
          if (tap !== null) this.setMacTable(transaction, tap);
          break;
        case 'local-link-remove':
          this.parts.localLinks.set(transaction, change.link, null);
          break;
        case 'local-link-set':
          this.parts.localLinks.set(transaction, change.link, tap?.localLinks.get(change.link) ?? null);
          break;
        case 'peer-add':
        case 'peer-remove':
        case 'peer-change':
        case 'peer-identity':
          touched.add(change.name);
          break;
        case 'peer-link-set':
        case 'peer-link-remove':
          touched.add(change.peer);
      }
    }
    if (anew)
      this.setIdentity(transaction, next, touched, [...(old?.peers.keys() ?? []), ...(tap?.peers.keys() ?? [])]);
    else {
      if (otherKeys && this.able) this.changeIdentity(transaction, next, false);
      for (const name of touched) this.parts.peers.set(transaction, name, next, this.able);
    }
  }

  /**
   * Takes the keys as the files hold them now; sessions live on, if keys overlap.
   * @param strict a file that can't be read any more is an error
   * @throws EngineError when a file can't be used
   */
  reloadKeys(transaction: Transaction, config: Config, strict: boolean): void {
    const names = [...(config.interface?.peers.keys() ?? [])];
    if (!this.able) {
      this.setIdentity(transaction, config, new Set(), names);
      return;
    }
    this.changeIdentity(transaction, config, strict);
    for (const name of names) this.parts.peers.set(transaction, name, config, this.able, strict);
  }

  /** This host goes on as the same with what its key files hold. */
  private changeIdentity(transaction: Transaction, next: Config, strict: boolean): void {
    const identity = identityOf(next, strict);
    if (identity === null) throw new EngineError(`there is no key in ${next.keyFile} any more: put it back`);
    transaction.finally(() => {
      const now = performance.now();
      const overlap = next.keyOverlap * 1000;
      this.parts.handshakes.machine.changeIdentity(identity, overlap === 0 ? undefined : now + overlap, now);
      wipeIdentity(identity);
      this.parts.handshakes.schedule();
    });
  }

  /** Creates the TAP that `next` wants. */
  createTap(transaction: Transaction, next: Config): void {
    const tap = next.interface;
    if (tap === null) return;
    this.parts.tap.create(transaction, tap, next.network);
    this.setMacTable(transaction, tap);
    transaction.finally(() => {
      const { offloads, missing, origin } = this.parts.tap;
      const fields = { interface: tap.name, origin, offloads: offloads.join(',') || 'none' };
      this.parts.log('info', 'interface-up', fields);
      if (missing.length > 0)
        this.parts.log('warning', 'offloads-missing', { interface: tap.name, missing: missing.join(',') });
    });
  }

  private setMacTable(transaction: Transaction, tap: InterfaceConfig): void {
    transaction.finally(() => {
      this.parts.lane.post({ type: 'mac-aging', ms: tap.macAging * 1000 });
      this.parts.lane.post({ type: 'mac-limit', limit: tap.macLimit });
      this.parts.lane.post({ type: 'move-limit', limit: moveLimitOf(tap) });
      this.parts.lane.post({ type: 'storm', rates: stormRatesOf(tap) });
    });
  }

  /** This host is somebody else, or for the first time somebody: all sessions begin anew. */
  setIdentity(transaction: Transaction, next: Config, touched: Set<string>, names: string[]): void {
    const identity = identityOf(next);
    if (identity === null && next.interface?.hostId && next.interface.peers.size > 0) {
      transaction.finally(() =>
        this.parts.log('warning', 'no-private-key', { file: next.keyFile, advice: "'crypto key generate' makes one" }),
      );
    }
    transaction.finally(() => {
      this.able = identity !== null;
      this.parts.lane.post({ type: 'cipher', cipher: next.cipher });
      for (const name of names) {
        const index = this.parts.peers.indexOf(name);
        if (index !== null) this.parts.lane.post({ type: 'drop-session', peer: index });
      }
      this.parts.handshakes.machine.setIdentity(identity);
      wipeIdentity(identity);
      this.parts.handshakes.schedule();
    });
    const affected = new Set([...touched, ...names]);
    for (const name of affected) this.parts.peers.set(transaction, name, next, identity !== null);
  }
}
