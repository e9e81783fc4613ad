/**
 * What the daemon does when the lane reports something: it says so in the log, remembers it, and mends what can be
 * mended from here.
 */

import { endpoint } from '../cli/grammar/address.js';
import type { Config } from '../config/model.js';
import type { PeerStatus } from '../control/engine.js';
import { ADDRESS_STRIDE, LINKS } from '../core/limits.js';
import { UP } from '../core/link/health.js';
import { addressOf } from '../io/udp-socket.js';
import type { Log } from '../log/log.js';
import type { Changes } from './changes.js';
import type { FailoverLedger } from './failover-ledger.js';
import { failoverEvent } from './failovers.js';
import { alarmEvent } from './guards.js';
import type { HandshakeDriver } from './handshake-driver.js';
import type { LaneClient } from './lane-client.js';
import type { FromLane } from './lane-messages.js';
import { pathEvent } from './path-mtus.js';
import type { Peers } from './peers.js';
import type { TapInterface } from './tap-interface.js';
import { Transaction } from './transaction.js';

/** What to do about a local link that can't be used. */
const ADVICE: Readonly<Record<string, string>> = {
  address: 'no interface of this host has the address (ip address); the link works as soon as one does',
  'admin-down': 'the interface is switched off (ip link set DEVICE up)',
  carrier: 'the interface has no carrier: look at the cable and the switch',
};

/** Milliseconds between tries to make a lost interface again. */
const RESTORE_INTERVAL = 2000;

export interface LaneReportsOptions {
  lane: LaneClient;
  log: Log;
  running: () => Config;
  statuses: () => PeerStatus[];
  tap: TapInterface;
  changes: Changes;
  peers: Peers;
  handshakes: HandshakeDriver;
  ledger: FailoverLedger;
}

export class LaneReports {
  /** Present address records of links, as the lane reported them last, by peer * 8 + link. */
  private records: Uint8Array = new Uint8Array(0);

  constructor(private readonly options: LaneReportsOptions) {
    const { lane, log } = options;
    lane.onMessage((message) => {
      try {
        this.on(message);
      } catch (error) {
        log('error', 'fault', { on: message.type, error: (error as Error).message });
      }
    });
  }

  /** Where a peer's link was last, `A:P`; null while that is not known. */
  endpointOf(peer: number, link: number): string | null {
    const at = (peer * LINKS + link) * ADDRESS_STRIDE;
    const found = at < this.records.length ? addressOf(this.records.subarray(at, at + ADDRESS_STRIDE)) : null;
    return found === null ? null : endpoint(found.address, found.port);
  }

  private on(message: FromLane): void {
    const { lane, log, running, tap, peers, ledger } = this.options;
    const nameOf = (peer: number): string => peers.nameOf(peer);
    switch (message.type) {
      case 'link': {
        const fields = { peer: nameOf(message.peer), link: message.link };
        if (message.state === UP) {
          ledger.up(message.peer, message.link, lane.now());
          log('info', 'link-up', fields);
        } else if (message.cause !== 'none') log('warning', 'link-down', { ...fields, cause: message.cause });
        return;
      }
      case 'local-link': {
        const { link, usable, mtu, cause } = message;
        const address = running().interface?.localLinks.get(link)?.address ?? '';
        const advice = ADVICE[cause];
        const fields = { link, address, usable, mtu, cause, ...(advice === undefined ? {} : { advice }) };
        log(usable ? 'info' : 'warning', 'local-link', fields);
        if (usable) this.retryOver(link);
        tap.deviceChanged(link, mtu, running().interface);
        return;
      }
      case 'addresses':
        this.records = message.records;
        return;
      case 'tap-lost':
        log('error', 'interface-lost', { interface: running().interface?.name ?? '', advice: 'it is made again' });
        if (!tap.lost(message.fd)) return; // it was replaced meanwhile
        this.restoreTap();
        return;
      case 'alarm': {
        const { event, fields } = alarmEvent(message.alarm, nameOf);
        log('warning', event, fields);
        return;
      }
      case 'failover': {
        ledger.add(message.report, Date.now() - lane.now());
        const { event, level, fields } = failoverEvent(message.report, nameOf);
        log(level, event, fields);
        return;
      }
      case 'path-mtu': {
        const { event, level, fields } = pathEvent(message.report, nameOf);
        log(level, event, fields);
        return;
      }
      case 'no-segmentation':
        log('warning', 'offloads-missing', { missing: 'udp-segmentation', link: message.link });
    }
  }

  /** Makes the interface again that somebody deleted; goes on trying while that fails. */
  private restoreTap(): void {
    const { log, running, tap, changes } = this.options;
    if (running().interface === null || tap.isOpen) return;
    const transaction = new Transaction();
    try {
      changes.createTap(transaction, running());
      transaction.commit();
    } catch (error) {
      transaction.rollback();
      log('error', 'interface-lost', { error: (error as Error).message });
      setTimeout(() => this.restoreTap(), RESTORE_INTERVAL).unref();
    }
  }

  /** A local link works again: peers without a session need not wait for their next try. */
  private retryOver(link: number): void {
    const { running, statuses, peers, handshakes } = this.options;
    for (const peer of statuses()) {
      const index = peers.indexOf(peer.peer);
      const uses = running().interface?.peers.get(peer.peer)?.links.has(link);
      if (index !== null && uses && peer.sessionAgeMs === null) handshakes.retry(index);
    }
  }
}
