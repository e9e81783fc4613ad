/** A daemon for the tests of the command line: it takes every configuration, unless told to refuse. */

import { CommandQueue } from '../../src/cli/queue.js';
import type { Config } from '../../src/config/model.js';
import { emptyConfig } from '../../src/config/model.js';
import type { Capture, CaptureOptions } from '../../src/control/capture.js';
import type { Debugging } from '../../src/control/debugging.js';
import type {
  Engine,
  InterfaceStatus,
  KeyStatus,
  LinkStatus,
  MacEntry,
  PeerStatus,
  PskTarget,
  VersionInfo,
} from '../../src/control/engine.js';
import { EngineError } from '../../src/control/engine.js';
import type { InvitationStatus, InviteOptions, Issued, Joined } from '../../src/control/enrolment.js';
import type { DrillOptions, DrillResult, FailoverEntry } from '../../src/control/failover.js';
import type { Ping, PingOptions, PingReply } from '../../src/control/ping.js';
import type { SessionStatus } from '../../src/control/sessions.js';
import { CommitStore } from '../../src/daemon/commit-store.js';
import { CommitKeeper } from '../../src/daemon/commits.js';
import { CandidateDesk } from '../../src/daemon/config-sessions.js';
import { DebugLog } from '../../src/daemon/debug-log.js';
import type { Fields, Level } from '../../src/log/log.js';
import type { LoggingStatus } from '../../src/log/logging.js';
import { CaptureDouble } from './capture-double.js';
import { LOGGING } from './logging-double.js';
import { QUEUES } from './queue-double.js';

export class EngineDouble implements Engine {
  config: Config = emptyConfig();
  /** What was logged about commits, in order. */
  readonly logged: [event: string, fields: Fields | undefined][] = [];
  readonly commits: CommitKeeper;
  readonly configSessions: CandidateDesk;
  /** Every configuration that was applied, in order. */
  readonly applied: Config[] = [];
  /** The next apply is refused with this. */
  refuseWith: string | null = null;
  /** Runs within apply, before the configuration is taken. */
  beforeApply: () => Promise<void> = async () => undefined;
  macsCleared = 0;
  /** What `commit check` finds beyond contradictions. */
  foreseen: string[] = [];

  /** @param state where commits are kept; null: nowhere */
  constructor(state: string | null = null, queue = new CommandQueue()) {
    const log = (_level: Level, event: string, fields?: Fields): void => void this.logged.push([event, fields]);
    this.commits = new CommitKeeper({ runner: this, store: new CommitStore(state, log), log, queue });
    const { commits } = this;
    this.configSessions = new CandidateDesk({
      running: () => this.config,
      commits,
      log,
      problems: () => this.foreseen,
    });
  }

  running(): Config {
    return this.config;
  }

  async apply(next: Config): Promise<void> {
    await this.beforeApply();
    if (this.refuseWith !== null) throw new EngineError(this.refuseWith);
    this.config = next;
    this.applied.push(next);
  }

  version(): VersionInfo {
    const cipher = this.config.cipher;
    return {
      version: '0.1.0',
      node: '20.0.0',
      openssl: '3.0.0',
      kernel: '6.1.0',
      uptimeSeconds: 3725,
      pid: 42,
      cipher,
    };
  }

  interface(): InterfaceStatus | null {
    const tap = this.config.interface;
    if (tap === null) return null;
    const { name, hostId, addresses, description, shutdown } = tap;
    return {
      name,
      hostId,
      state: shutdown ? 'shutdown' : 'up',
      macAddress: '02:00:00:00:00:01',
      mtu: 1420,
      mtuConfigured: 'auto',
      addresses,
      description,
      persistent: false,
      offloads: ['tso4', 'tso6'],
      localLinks: [{ link: 0, address: '10.0.0.1:20700', device: null, receiveDrops: 2 }],
      txFrames: 10,
      rxFrames: 20,
      txBytes: 1000,
      rxBytes: 2000,
    };
  }

  peers(): PeerStatus[] {
    return [...(this.config.interface?.peers.values() ?? [])].map((peer) => ({
      peer: peer.name,
      id: peer.id,
      policy: peer.policy,
      state: 'connected',
      description: peer.description,
      publicKey: peer.publicKey,
      sessionAgeMs: 61_000,
      handshakes: 1,
      linksUp: peer.links.size,
      linksTotal: peer.links.size,
      txFrames: 123_456,
      rxFrames: 99,
      txBytes: 1_000_000,
      rxBytes: 10,
      duplicates: 0,
      tooOld: 0,
      lost: 3,
      macAddresses: 1,
      notPermittedRx: 4,
      notPermittedTx: 5,
      stormDropped: 6,
      macsRefused: 7,
      macsHeld: 8,
      resent: 9,
      resendLost: 0,
      failovers: 2,
      resequenced: 12,
      resequenceTimeouts: 1,
      acksTx: 10,
      acksRx: 11,
    }));
  }

  async links(): Promise<LinkStatus[]> {
    return [...(this.config.interface?.peers.values() ?? [])].flatMap((peer) =>
      [...peer.links].map(([link, { endpoint, description, priority, weight, interval, hold }]) => ({
        peer: peer.name,
        link,
        description,
        state: 'up' as const,
        lastDownCause: null,
        sinceMs: 61_000,
        rttMs: 0.42,
        jitterMs: 0.05,
        lossTx: 0,
        lossRx: 0.015,
        localAddress: '10.0.0.1:20700',
        remoteAddress: endpoint === null ? null : `${endpoint.address}:${endpoint.port}`,
        txDatagrams: 1,
        txBytes: 2,
        rxDatagrams: 3,
        rxBytes: 4,
        sendErrors: 0,
        queueDrops: 0,
        pathMtu: 1500,
        pathMtuState: 'confirmed' as const,
        pathProbes: 3,
        pathProbesAnswered: 1,
        blackHoles: 0,
        downs: 0,
        suspicions: 0,
        vetoes: 0,
        failovers: 0,
        priority,
        weight,
        capacityMbps: 95.5,
        share: 0.5,
        longer: false,
        intervalMs: interval,
        holdMs: hold,
      })),
    );
  }

  counters(): Record<string, number> {
    return { 'tx.frames': 7, 'drop.replay': 0 };
  }

  async macTable(): Promise<MacEntry[]> {
    return [
      { mac: '02:00:00:00:00:03', peer: 'c', ageSeconds: 5, heldSeconds: 0 },
      { mac: '02:00:00:00:00:02', peer: 'b', ageSeconds: 65, heldSeconds: 12 },
    ];
  }

  queues = async () => QUEUES;

  async clearMacTable(): Promise<void> {
    this.macsCleared++;
  }

  async generateKey(): Promise<string> {
    return 'AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=';
  }

  keyStatus: KeyStatus = { publicKey: 'AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=', next: null, old: null };

  keys(): KeyStatus {
    return this.keyStatus;
  }

  async generateNextKey(): Promise<string> {
    return 'AwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=';
  }

  async rollKey(): Promise<KeyStatus> {
    return this.keyStatus;
  }

  /** What was asked of the keys, in order. */
  readonly keyActions: string[] = [];

  async reloadKeys(): Promise<void> {
    this.keyActions.push('reload');
  }

  async rekey(peer: string | null): Promise<void> {
    this.keyActions.push(`rekey ${peer}`);
  }

  pskFile({ peer, file }: PskTarget): string {
    const path = file ?? (peer === null ? this.config.pskFile : this.config.interface?.peers.get(peer)?.pskFile);
    if (!path) throw new EngineError('no file is configured');
    return path;
  }

  async enterPsk(target: PskTarget, text: string): Promise<string> {
    if (text.length !== 44) throw new EngineError('what was typed does not hold a key');
    this.keyActions.push(`psk ${this.pskFile(target)} ${text}`);
    return this.pskFile(target);
  }

  async generatePsk(file: string | null): Promise<string> {
    return file ?? '/etc/sennit/network.psk';
  }

  /** What `invite` was asked, and the strings that `join` was given. */
  readonly invited: InviteOptions[] = [];
  readonly joinedWith: string[] = [];

  async invite(options: InviteOptions): Promise<Issued> {
    this.invited.push(options);
    const { peer, address } = options;
    return {
      invitation: 'sennit1:AAAA',
      peer,
      id: options.id ?? 2,
      address,
      expires: '2030-01-01T00:00:00.000Z',
      links: [{ link: 0, address: '192.0.2.1', port: 20700 }],
    };
  }

  async join(invitation: string): Promise<Joined> {
    if (this.refuseWith !== null) throw new EngineError(this.refuseWith);
    this.joinedWith.push(invitation);
    return { network: 'lab', id: 2, peer: 'a', connected: true, leftOut: [] };
  }

  invitations(): InvitationStatus[] {
    return [
      { peer: 'b', id: 2, address: '10.1.1.2/24', state: 'open', expiresInSeconds: 3600 },
      { peer: 'c', id: 3, address: null, state: 'used', expiresInSeconds: null },
    ];
  }

  async clearInvitation(peer: string): Promise<void> {
    if (peer !== 'b') throw new EngineError(`there is no open invitation for ${peer}`);
  }

  /** Newest last. */
  failoverRows: FailoverEntry[] = [
    {
      time: '2030-01-31T22:59:58.123Z',
      peer: 'host2',
      link: 0,
      verdict: 'down',
      cause: 'send-error',
      doubt: null,
      suspectMs: null,
      decideMs: 0,
      resent: 123_456,
      lost: 12_345,
      backMs: null,
      drill: false,
    },
    {
      time: '2030-01-31T23:59:58.123Z',
      peer: 'b',
      link: 1,
      verdict: 'cleared',
      cause: null,
      doubt: 'late-pong',
      suspectMs: 131,
      decideMs: 152,
      resent: 40,
      lost: null,
      backMs: null,
      drill: false,
    },
    {
      time: '2030-02-01T00:00:00.000Z',
      peer: 'b',
      link: 0,
      verdict: 'down',
      cause: 'silence',
      doubt: 'late-ack',
      suspectMs: 31,
      decideMs: 512,
      resent: 310,
      lost: 0,
      backMs: 3210,
      drill: true,
    },
  ];

  readonly sessionsCleared: (string | null)[] = [];

  sessions(): SessionStatus[] {
    return [...(this.config.interface?.peers.values() ?? [])].map(({ name, id }, index) => ({
      peer: name,
      id,
      state: 'established',
      role: index === 0 ? 'initiator' : 'responder',
      ageMs: 61_000,
      rekeyInMs: index === 0 ? 59_000 : null,
      expiresInMs: 119_000,
      held: 2,
      handshakes: 1,
      tries: 0,
    }));
  }

  async clearSession(peer: string | null): Promise<void> {
    this.sessionsCleared.push(peer);
  }

  failovers(): FailoverEntry[] {
    return this.failoverRows;
  }

  logging = (): LoggingStatus => LOGGING;

  readonly debugging: Debugging = new DebugLog({
    lane: { now: () => 0, post: () => undefined, onMessage: () => undefined },
    log: () => undefined,
    nameOf: (index) => `#${index}`,
  });

  /** Captures that were asked for. */
  readonly captures: CaptureDouble[] = [];

  ping(options: PingOptions): Ping {
    const replies: PingReply[] = [1, 2].map((sequence) => ({
      link: 0,
      sequence,
      outcome: 'answered',
      ms: 0.25,
      mtu: null,
    }));
    const total = { link: 0, sent: 2, received: 2, minMs: 0.25, avgMs: 0.25, maxMs: 0.25 };
    if (options.link === 7) throw new EngineError('no link 7');
    return {
      links: [0],
      next: async () => (replies.length > 0 ? replies.splice(0, 1) : null),
      stop: () => undefined,
      totals: () => [total],
    };
  }

  capture(options: CaptureOptions): Capture {
    if (this.refuseWith !== null) throw new EngineError(this.refuseWith);
    const made = new CaptureDouble(options);
    this.captures.push(made);
    return made;
  }

  /** What drills were asked for; they go on until `drillEnds` resolves, or whoever asked is gone. */
  readonly drills: (DrillOptions & { gone: AbortSignal })[] = [];
  drillEnds: Promise<void> = Promise.resolve();

  async drill(options: DrillOptions, gone: AbortSignal): Promise<DrillResult> {
    if (this.refuseWith !== null) throw new EngineError(this.refuseWith);
    this.drills.push({ ...options, gone });
    await Promise.race([this.drillEnds, new Promise((resolve) => gone.addEventListener('abort', resolve))]);
    const failover = this.failoverRows.at(-1) ?? null;
    const found = { frames: 9000, lost: 0, back: true, verdict: 'no frame was lost', failover };
    return { ...options, end: 'time', mutedMs: options.seconds * 1000, ...found };
  }
}
