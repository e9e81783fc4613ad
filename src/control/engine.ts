/**
 * What the command line may ask of the running daemon. `daemon/wiring.ts` implements it; the tests of
 * the command line use a double. Everything returned is plain data, the same that `| json` prints.
 */
import type { Config, Policy } from '../config/model.js';
import type { LoggingStatus } from '../log/logging.js';
import type { Capture, CaptureOptions } from './capture.js';
import type { Commits } from './commits.js';
import type { ConfigSessions } from './config-sessions.js';
import type { Debugging } from './debugging.js';
import type { InvitationStatus, InviteOptions, Issued, Joined } from './enrolment.js';
import type { DrillOptions, DrillResult, FailoverEntry } from './failover.js';
import type { Ping, PingOptions } from './ping.js';
import type { QueueStatus } from './queues.js';
import type { SessionStatus } from './sessions.js';

/** `suspect`: up, but something is late or lost; other links carry the same beside it. */
export type LinkState = 'disabled' | 'down' | 'probing' | 'up' | 'suspect';

export interface LinkStatus {
  peer: string;
  link: number;
  description: string | null;
  state: LinkState;
  /** Why the link left `up` last; null when it never did. */
  lastDownCause: string | null;
  /** Milliseconds in the present state. */
  sinceMs: number;
  /** Smoothed round-trip time and its deviation (RFC 6298), milliseconds; null before the first pong. */
  rttMs: number | null;
  jitterMs: number | null;
  /** Share of datagrams lost, 0 to 1, toward the peer and from it; null while unknown. */
  lossTx: number | null;
  lossRx: number | null;
  localAddress: string | null;
  remoteAddress: string | null;
  txDatagrams: number;
  txBytes: number;
  rxDatagrams: number;
  rxBytes: number;
  sendErrors: number;
  /** Datagrams for which the link's socket had no room. */
  queueDrops: number;
  /** Times the link went down. */
  downs: number;
  /** Times it became suspect, and times it did not since our own clockwork had been late. */
  suspicions: number;
  vetoes: number;
  /** Times it went down though it had carried: rows of `show failovers`. */
  failovers: number;
  /** Largest IP packet that passes to the peer, bytes; null while the link is down or the peer can't say. */
  pathMtu: number | null;
  /** `searching`: what is used until it is known; null as above. */
  pathMtuState: 'searching' | 'confirmed' | null;
  /** Probes for it that were sent and answered, and how often packets vanished that had passed before. */
  pathProbes: number;
  pathProbesAnswered: number;
  blackHoles: number;
  priority: number;
  weight: number;
  /** What it is known to carry, in Mbit/s of datagrams; null while it never was full. */
  capacityMbps: number | null;
  /** Its share of the data that was sent to the peer lately, 0 to 1; null: none was sent. */
  share: number | null;
  /** It has become much longer than another link: policy passive prefers one of the same priority that is not. */
  longer: boolean;
  intervalMs: number;
  holdMs: number;
}

export interface PeerStatus {
  peer: string;
  id: number;
  policy: Policy;
  /** `connected`: a session and an up link; `connecting`: neither yet; `shutdown`: switched off. */
  state: 'connected' | 'connecting' | 'shutdown';
  description: string | null;
  publicKey: string | null;
  /** Milliseconds since the present session's handshake; null without a session. */
  sessionAgeMs: number | null;
  handshakes: number;
  linksUp: number;
  linksTotal: number;
  txFrames: number;
  rxFrames: number;
  txBytes: number;
  rxBytes: number;
  duplicates: number;
  tooOld: number;
  lost: number;
  macAddresses: number;
  /** Frames from the peer, and to it, that its `permit` lines don't allow. */
  notPermittedRx: number;
  notPermittedTx: number;
  /** Frames from the peer beyond the rates of storm control. */
  stormDropped: number;
  /** Times an address of the peer was not learned, for it has as many as it may. */
  macsRefused: number;
  /** Frames from the peer dropped since their address moved too often and is held behind another peer. */
  macsHeld: number;
  /** Datagrams that were sent again over another link, and those that should have been and could not. */
  resent: number;
  resendLost: number;
  /** Times a link of the peer went down though it had carried. */
  failovers: number;
  /** Datagrams of the peer that waited for what it had sent before them, and gaps that were given up when their time was over. */
  resequenced: number;
  resequenceTimeouts: number;
  /** Acknowledgements that went to the peer, and came from it. */
  acksTx: number;
  acksRx: number;
}

export interface LocalLinkStatus {
  link: number;
  address: string;
  device: string | null;
  /** Packets that came while its socket's receive buffer was full, since it was opened. */
  receiveDrops: number;
}

export interface InterfaceStatus {
  name: string;
  hostId: number | null;
  state: 'up' | 'shutdown';
  macAddress: string | null;
  mtu: number | null;
  /** What is configured: `auto` follows what fits one datagram on every path. */
  mtuConfigured: 'auto' | number;
  addresses: string[];
  description: string | null;
  /** It outlives the daemon. */
  persistent: boolean;
  /** What the kernel's TAP takes of tso4, tso6, ecn, uso. */
  offloads: string[];
  localLinks: LocalLinkStatus[];
  txFrames: number;
  rxFrames: number;
  txBytes: number;
  rxBytes: number;
}

export interface MacEntry {
  mac: string;
  peer: string;
  ageSeconds: number;
  /** For how long it is still held behind this peer, since it moved too often; 0: it is not. */
  heldSeconds: number;
}

export interface VersionInfo {
  version: string;
  node: string;
  openssl: string;
  kernel: string;
  uptimeSeconds: number;
  pid: number;
  cipher: string;
}

/** Public keys of this host in base64. */
export interface KeyStatus {
  /** Null without a key file. */
  publicKey: string | null;
  /** Of the key that `crypto key roll` will bring. */
  next: string | null;
  /** Of the key before, to which this host still answers. */
  old: { publicKey: string; secondsLeft: number } | null;
}

/** Where a typed pre-shared key belongs: the file that is configured for the network or a peer, or a new file. */
export interface PskTarget {
  peer: string | null;
  file: string | null;
}

/** A change that can't be made: the message says what is wrong and what to do. Nothing was changed. */
export class EngineError extends Error {}

export interface Engine {
  /** The configuration that runs. Callers copy it before they change it. */
  running(): Config;
  /** By which what runs is changed, and what is remembered of that. */
  readonly commits: Commits;
  /** Configurations that are worked on and don't run yet. */
  readonly configSessions: ConfigSessions;
  /**
   * Makes `next` the running configuration, touching only what differs. For `commits`, which remembers it: all others
   * go through that.
   * @throws EngineError when it can't (address taken, key file unreadable …); then nothing has changed.
   */
  apply(next: Config): Promise<void>;
  version(): VersionInfo;
  interface(): InterfaceStatus | null;
  peers(): PeerStatus[];
  links(): Promise<LinkStatus[]>;
  /** Every counter of the daemon by name; drops are counted by reason. */
  counters(): Record<string, number>;
  macTable(): Promise<MacEntry[]>;
  /** What waits at this moment; asks the lane, so it also tells that the lane lives. */
  queues(): Promise<QueueStatus>;
  clearMacTable(): Promise<void>;
  /** Writes a new private key to the configured key file (0600, never over an existing one); returns the public key. */
  generateKey(): Promise<string>;
  keys(): KeyStatus;
  /** Writes the key that comes next and answers to it from now on; returns the public key. */
  generateNextKey(): Promise<string>;
  /** The next key becomes this host's key; the old one is answered to for the overlap. */
  rollKey(): Promise<KeyStatus>;
  /** Reads all key files again; what changed overlaps. */
  reloadKeys(): Promise<void>;
  /** A new session beside the present one, with one peer or (null) all. */
  rekey(peer: string | null): Promise<void>;
  /** The file that `enterPsk` writes. @throws EngineError when none is configured */
  pskFile(target: PskTarget): string;
  /** Writes a typed pre-shared key (base64 of 32 bytes); returns the path. No error has the text in it. */
  enterPsk(target: PskTarget, text: string): Promise<string>;
  /** Writes a random pre-shared key to a new file; returns the path. */
  generatePsk(file: string | null): Promise<string>;
  /**
   * Makes an invitation, after configuring and saving what this host lacks for it.
   * @throws EngineError
   */
  invite(options: InviteOptions): Promise<Issued>;
  /** Joins by an invitation's string and saves. @throws EngineError that does not hold the string */
  join(invitation: string): Promise<Joined>;
  invitations(): InvitationStatus[];
  /** Takes back the open invitation of a peer. @throws EngineError when there is none */
  clearInvitation(peer: string): Promise<void>;
  /** The session with each peer. */
  sessions(): SessionStatus[];
  /**
   * Ends the session with one peer or (null) all and makes another at once; frames are lost meanwhile.
   * @throws EngineError when the peer takes no part
   */
  clearSession(peer: string | null): Promise<void>;
  /** The last failovers, newest last. */
  failovers(): FailoverEntry[];
  /**
   * Takes a link out of use as a silent cut would, and puts it back: in the end, or as soon as it must or `gone` is
   * aborted. @throws EngineError when it can't begin
   */
  drill(options: DrillOptions, gone: AbortSignal): Promise<DrillResult>;
  /** Begins to copy packets; whoever asked must stop it. @throws EngineError when it can't begin */
  capture(options: CaptureOptions): Capture;
  /** What is debugged. */
  readonly debugging: Debugging;
  /** Where the log goes, and what of it did not. */
  logging(): LoggingStatus;
  /** Begins to send; whoever asked must stop it. @throws EngineError when it can't begin */
  ping(options: PingOptions): Ping;
}
