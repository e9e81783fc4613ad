/**
 * The running daemon: the configuration that runs, and what may be asked of it. With `changes.ts` and
 * `lane-reports.ts` the only place where I/O, the lane and the handshakes meet.
 */

import { release } from 'node:os';
import { execPath, version as nodeVersion, versions } from 'node:process';
import { type Config, emptyConfig } from '../config/model.js';
import type { Capture, CaptureOptions } from '../control/capture.js';
import {
  type Engine,
  EngineError,
  type InterfaceStatus,
  type KeyStatus,
  type LinkStatus,
  type MacEntry,
  type PeerStatus,
  type PskTarget,
  type VersionInfo,
} from '../control/engine.js';
import type { InvitationStatus, InviteOptions, Issued, Joined } from '../control/enrolment.js';
import type { DrillOptions, DrillResult, FailoverEntry } from '../control/failover.js';
import type { Ping, PingOptions } from '../control/ping.js';
import type { QueueStatus } from '../control/queues.js';
import type { SessionStatus } from '../control/sessions.js';
import { LANE, LANE_COUNTERS } from '../core/counters.js';
import type { Primitives } from '../core/crypto/primitives.js';
import type { Log } from '../log/log.js';
import type { Logging, LoggingStatus } from '../log/logging.js';
import { Listener } from '../metrics/listener.js';
import { VERSION } from '../version.js';
import { Captures } from './captures.js';
import { Changes } from './changes.js';
import { CommitStore } from './commit-store.js';
import { CommitKeeper } from './commits.js';
import { CandidateDesk } from './config-sessions.js';
import { DebugLog } from './debug-log.js';
import { Drill } from './drill.js';
import { FailoverLedger } from './failover-ledger.js';
import { HandshakeDriver } from './handshake-driver.js';
import type { Keeping } from './host-change.js';
import { Inviter } from './inviter.js';
import { Joiner } from './joiner.js';
import { KeyActions } from './key-actions.js';
import type { LaneClient } from './lane-client.js';
import { LaneReports } from './lane-reports.js';
import { LocalLinks } from './local-links.js';
import { leastDatagram } from './path-mtus.js';
import { Peers } from './peers.js';
import { Pinger } from './pinger.js';
import { problems } from './problems.js';
import { Sessions } from './sessions.js';
import type { StampStore } from './stamp-store.js';
import { linkStatuses, macEntries, peerQueues, peerStatuses, type StatusSource } from './status.js';
import { TapInterface } from './tap-interface.js';
import type { TapKeeper } from './tap-keeper.js';
import { TapRecord } from './tap-record.js';
import { Transaction } from './transaction.js';

/** Milliseconds between looks at what `mtu auto` should be. */
const MTU_INTERVAL = 500;

export class Daemon implements Engine {
  readonly commits: CommitKeeper;
  readonly configSessions: CandidateDesk;
  private config: Config = emptyConfig();
  private readonly tap: TapInterface;
  private readonly localLinks: LocalLinks;
  private readonly peerTable: Peers;
  private readonly handshakes: HandshakeDriver;
  private readonly changes: Changes;
  private readonly keyActions: KeyActions;
  private readonly inviter: Inviter;
  private readonly joiner: Joiner;
  private readonly ledger = new FailoverLedger((peer) => this.peerTable.nameOf(peer));
  private readonly drills: Drill;
  private readonly captures: Captures;
  private readonly sessionTable: Sessions;
  readonly debugging: DebugLog;
  private readonly pinger: Pinger;
  private readonly reports: LaneReports;
  private readonly listener: Listener;
  private readonly log: Log;
  private readonly startedAt = Date.now();
  private readonly mtuTimer: NodeJS.Timeout;

  constructor(
    private readonly lane: LaneClient,
    primitives: Primitives,
    private readonly logs: Logging,
    private readonly stamps: StampStore,
    keeping: Keeping,
    tapKeeper: TapKeeper,
  ) {
    const running = (): Config => this.config;
    const { log } = logs;
    this.log = log;
    const { queue, stateDirectory } = keeping;
    const commits = new CommitKeeper({ runner: this, store: new CommitStore(stateDirectory, log), log, queue });
    this.commits = commits;
    this.configSessions = new CandidateDesk({ running, commits, log, problems: (next) => problems(this.config, next) });
    this.tap = new TapInterface(lane, tapKeeper, new TapRecord(stateDirectory, log), log);
    this.localLinks = new LocalLinks(lane, log);
    this.peerTable = new Peers(lane, () => this.handshakes);
    this.debugging = new DebugLog({ lane, log, nameOf: (index) => this.peerTable.nameOf(index) });
    this.handshakes = new HandshakeDriver(
      primitives,
      lane,
      log,
      (index) => this.peerTable.nameOf(index),
      stamps,
      this.debugging,
    );
    const { tap, localLinks, peerTable: peers, handshakes, ledger } = this;
    const changes = new Changes({ lane, tap, localLinks, peers, handshakes, log });
    this.changes = changes;
    const returnsTo = (): Config | null => commits.returnsTo();
    this.keyActions = new KeyActions({ running, changes, handshakes, peers, primitives, log, returnsTo });
    commits.confirmed = () => this.keyActions.configured();
    this.inviter = new Inviter(this, primitives, lane, log, keeping);
    this.joiner = new Joiner(this, primitives, log, keeping);
    const indexOf = (peer: string): number | null => peers.indexOf(peer);
    this.sessionTable = new Sessions({ lane, handshakes, running, indexOf });
    this.drills = new Drill({ lane, ledger, running, indexOf });
    this.pinger = new Pinger({ lane, running, indexOf });
    this.captures = new Captures({ lane, running, indexOf, nameOf: (index) => peers.nameOf(index) });
    this.listener = new Listener(this, (error) => log('error', 'fault', { on: 'metrics', error: String(error) }));
    const statuses = (): PeerStatus[] => this.peers();
    this.reports = new LaneReports({
      lane,
      log,
      running,
      statuses,
      tap,
      changes,
      peers,
      handshakes,
      ledger,
    });
    this.mtuTimer = setInterval(() => this.followPaths(), MTU_INTERVAL).unref();
  }

  running(): Config {
    return this.config;
  }

  async apply(next: Config): Promise<void> {
    const before = this.config;
    const listener = await this.listener.change(next);
    const transaction = new Transaction();
    try {
      const logging = transaction.step(
        () => this.logs.prepare(next.logging),
        (change) => change.undo(),
      );
      transaction.finally(() => logging.commit());
      this.changes.prepare(transaction, before, next);
    } catch (error) {
      transaction.rollback();
      await listener.undo();
      throw error instanceof EngineError ? error : new EngineError((error as Error).message);
    }
    this.config = next;
    transaction.commit();
    this.keyActions.configured();
    this.followMtu();
    await this.lane.sync();
    await this.refreshEndpoints();
  }

  version(): VersionInfo {
    return {
      version: VERSION,
      node: `${nodeVersion} (${execPath})`,
      openssl: versions.openssl ?? 'none',
      kernel: release(),
      uptimeSeconds: Math.floor((Date.now() - this.startedAt) / 1000),
      pid: process.pid,
      cipher: `${this.config.cipher} by ${this.lane.aead === 'openssl' ? 'OpenSSL' : 'node:crypto (slow)'}`,
    };
  }

  interface(): InterfaceStatus | null {
    const tap = this.config.interface;
    if (tap === null) return null;
    const info = this.tap.info();
    const { counters } = this.lane;
    return {
      name: tap.name,
      hostId: tap.hostId,
      state: info?.up ? 'up' : 'shutdown',
      macAddress: info?.mac ?? null,
      mtu: info?.mtu ?? null,
      mtuConfigured: tap.mtu,
      addresses: [...tap.addresses],
      description: tap.description,
      persistent: tap.persistent,
      offloads: [...this.tap.offloads],
      localLinks: this.localLinks.statuses(),
      // As the kernel counts: received by the interface is what we wrote into it.
      txFrames: counters[LANE.tapRxFrames] ?? 0,
      rxFrames: counters[LANE.tapTxFrames] ?? 0,
      txBytes: counters[LANE.tapRxBytes] ?? 0,
      rxBytes: counters[LANE.tapTxBytes] ?? 0,
    };
  }

  peers(): PeerStatus[] {
    return peerStatuses(this.source());
  }

  async links(): Promise<LinkStatus[]> {
    await this.refreshEndpoints();
    return linkStatuses(this.source());
  }

  counters(): Record<string, number> {
    const all: Record<string, number> = {};
    LANE_COUNTERS.forEach((name, index) => {
      all[name] = this.lane.counters[index] ?? 0;
    });
    for (const { link, receiveDrops } of this.localLinks.statuses()) all[`rxQueueFull.${link}`] = receiveDrops;
    for (const [reason, count] of [...this.handshakes.refusals].sort()) all[`handshakeRefused.${reason}`] = count;
    for (const [reason, count] of [...this.inviter.drops].sort()) all[`joinRefused.${reason}`] = count;
    const { lines, suppressed, lost } = this.logs.status();
    Object.assign(all, { logLines: lines, logSuppressed: suppressed, logLost: lost });
    return all;
  }

  async macTable(): Promise<MacEntry[]> {
    return macEntries(await this.lane.macRows(), (peer) => this.peerTable.nameOf(peer));
  }

  async queues(): Promise<QueueStatus> {
    const { rows, sendLimits } = await this.lane.queues();
    return {
      macAddresses: rows.macs,
      peers: peerQueues(this.source(), rows),
      sockets: this.localLinks.queues(sendLimits),
    };
  }

  async clearMacTable(): Promise<void> {
    this.lane.post({ type: 'mac-clear' });
    await this.lane.sync();
  }

  async generateKey(): Promise<string> {
    return this.keyActions.generate();
  }

  keys(): KeyStatus {
    return this.keyActions.status();
  }

  invite(options: InviteOptions): Promise<Issued> {
    return this.inviter.invite(options);
  }

  join(invitation: string): Promise<Joined> {
    return this.joiner.join(invitation);
  }

  invitations(): InvitationStatus[] {
    return this.inviter.list();
  }

  clearInvitation(peer: string): Promise<void> {
    return this.inviter.withdraw(peer);
  }

  sessions(): SessionStatus[] {
    return this.sessionTable.list();
  }

  async clearSession(peer: string | null): Promise<void> {
    this.sessionTable.clear(peer);
    await this.lane.sync();
  }

  logging(): LoggingStatus {
    return this.logs.status();
  }

  failovers(): FailoverEntry[] {
    return this.ledger.list();
  }

  drill(options: DrillOptions, gone: AbortSignal): Promise<DrillResult> {
    return this.drills.run(options, gone);
  }

  ping(options: PingOptions): Ping {
    return this.pinger.start(options);
  }

  capture(options: CaptureOptions): Capture {
    return this.captures.start(options);
  }

  async generateNextKey(): Promise<string> {
    return this.keyActions.generateNext();
  }

  async rollKey(): Promise<KeyStatus> {
    return this.keyActions.roll();
  }

  async reloadKeys(): Promise<void> {
    this.keyActions.reload(true);
  }

  async rekey(peer: string | null): Promise<void> {
    this.keyActions.rekey(peer);
  }

  pskFile(target: PskTarget): string {
    return this.keyActions.pskFile(target);
  }

  async enterPsk(target: PskTarget, text: string): Promise<string> {
    return this.keyActions.enterPsk(target, text);
  }

  async generatePsk(file: string | null): Promise<string> {
    return this.keyActions.generatePsk(file);
  }

  /** Tells the peers goodbye, ends the lane, takes the interface away, and writes the stamps. */
  async close(): Promise<void> {
    await this.listener.close();
    await this.commits.stop();
    clearInterval(this.mtuTimer);
    this.drills.close();
    this.captures.close();
    this.pinger.close();
    this.inviter.close();
    this.keyActions.close();
    this.handshakes.close();
    await this.lane.stop();
    this.localLinks.closeAll();
    this.tap.close();
    await this.stamps.close();
  }

  /** `mtu auto` after a change; that it can't follow now is no reason to refuse what was applied. */
  private followMtu(): void {
    this.tryMtu(() => this.tap.follow(this.config.interface));
  }

  /** `mtu auto` by what was found of the paths. */
  private followPaths(): void {
    const found = leastDatagram(this.config, this.lane.counters, (peer) => this.peerTable.indexOf(peer));
    this.tryMtu(() => this.tap.pathsFound(found, this.lane.now(), this.config.interface));
  }

  private tryMtu(follow: () => void): void {
    try {
      follow();
    } catch (error) {
      this.log('warning', 'mtu', { error: (error as Error).message });
    }
  }

  private async refreshEndpoints(): Promise<void> {
    this.lane.post({ type: 'addresses' });
    await this.lane.sync();
  }

  private source(): StatusSource {
    return {
      config: this.config,
      counters: this.lane.counters,
      now: this.lane.now(),
      indexOf: (peer) => this.peerTable.indexOf(peer),
      endpointOf: (index, link) => this.reports.endpointOf(index, link),
    };
  }
}
