/** What the control thread and the lane say to each other. Plain data, copied by postMessage. */
import type { Cipher } from '../core/crypto/cipher.js';
import type { FailoverReport } from '../core/failover/failovers.js';
import type { Cause, LinkState } from '../core/link/health.js';
import type { LinkSettings } from '../core/link/link.js';
import type { Policy } from '../core/link/policy.js';
import type { PathReport } from '../core/path-mtu/discovery.js';
import type { PingOutcome } from '../core/pings.js';
import type { QueueRows } from '../core/queues.js';
import type { SessionKeys } from '../core/session/keys.js';
import type { Alarm } from '../core/switch/alarms.js';
import type { GuardSettings } from '../core/switch/guard.js';
import type { MoveLimit } from '../core/switch/move-damping.js';
import type { StormRates } from '../core/switch/storm.js';
import type { TraceTopic } from '../core/trace.js';
import type { TracedEvent } from './debug-tap.js';
import type { CaptureFilter } from './lane-captures.js';

/** What a lane is started with. */
export interface LaneStart {
  counters: SharedArrayBuffer;
  wakeupFd: number;
  seed: number;
}

export interface LaneEndpoint {
  fd: number;
  /** The kernel cuts trains of datagrams. */
  gso: boolean;
  v6: boolean;
  address: string;
  device: string | null;
}

export type ToLane =
  /** `uso`: whether the interface takes trains of UDP datagrams. */
  | { type: 'tap'; fd: number; uso: boolean }
  | { type: 'cipher'; cipher: Cipher }
  | { type: 'local-link'; link: number; endpoint: LaneEndpoint | null }
  /** `buffer`: bytes of what is sent to it that are kept until it is acknowledged. */
  | { type: 'peer'; peer: number; hostId: number; policy: Policy; buffer: number }
  | { type: 'remove-peer'; peer: number }
  | { type: 'link'; peer: number; link: number; settings: LinkSettings; address: Uint8Array | null }
  | { type: 'remove-link'; peer: number; link: number }
  /** A drill: silent for at most so many milliseconds, 0: not any more. */
  | { type: 'mute'; peer: number; link: number; ms: number }
  | { type: 'keys'; keys: SessionKeys }
  | { type: 'expire-keys'; peer: number; localIndex: number }
  | { type: 'drop-session'; peer: number }
  /** To an address, or (null) over all links of the peer but those in the mask `except`. */
  | { type: 'handshake'; bytes: Uint8Array; peer: number; link: number; address: Uint8Array | null; except: number }
  | { type: 'mac-aging'; ms: number }
  | { type: 'mac-limit'; limit: number }
  | { type: 'guard'; peer: number; guard: GuardSettings }
  | { type: 'move-limit'; limit: MoveLimit }
  | { type: 'storm'; rates: StormRates }
  | { type: 'mac-clear' }
  | { type: 'mac-list' }
  | { type: 'queues' }
  | { type: 'addresses' }
  /** Topics of the data path that are debugged from now on. */
  | { type: 'debug'; topics: readonly TraceTopic[] }
  /** Answered by `pinged`, unless no answer comes. `size`: bytes of the IP packet. */
  | { type: 'ping'; peer: number; link: number; number: number; size: number; whole: boolean }
  /** Packets are copied into a ring (capture/ring.ts) from now on, until `end-capture`. */
  | { type: 'capture'; id: number; filter: CaptureFilter; ring: SharedArrayBuffer }
  | { type: 'end-capture'; id: number }
  /** The process will become another user. */
  | { type: 'keep-capabilities' }
  /** It has: of those kept, the lane holds a set of bits. */
  | { type: 'hold-capabilities'; set: number }
  /** Answered by `synced` once all that was sent before has been done. */
  | { type: 'sync'; id: number }
  | { type: 'stop' };

/** The MAC table in columns: first 16 bits, last 32 bits, peer index, milliseconds since last seen, and of hold left. */
export interface MacRows {
  hi: Uint16Array;
  lo: Int32Array;
  peer: Int32Array;
  ageMs: Float64Array;
  heldMs: Float64Array;
}

export type FromLane =
  /** `now` is the lane's clock, whose times stand in the counters. */
  | { type: 'ready'; now: number; aead: 'openssl' | 'node' }
  | { type: 'handshake'; link: number; bytes: Uint8Array; address: Uint8Array }
  | { type: 'confirmed'; peer: number; localIndex: number }
  | { type: 'handshake-needed'; peer: number; why: 'rekey' | 'silent' }
  | { type: 'link'; peer: number; link: number; state: LinkState; cause: Cause }
  | { type: 'local-link'; link: number; usable: boolean; mtu: number; cause: string }
  /** The TAP is gone, and not by us. */
  | { type: 'tap-lost'; fd: number }
  | { type: 'macs'; rows: MacRows }
  /** `sendLimits`: bytes that may wait in the send buffer of each local link. */
  | { type: 'queues'; rows: QueueRows; sendLimits: number[] }
  /** Present address records by peer * 8 + link, up to the last peer; family 0: not known. */
  | { type: 'addresses'; records: Uint8Array }
  | { type: 'alarm'; alarm: Alarm }
  | { type: 'failover'; report: FailoverReport }
  | { type: 'traced'; event: TracedEvent }
  | { type: 'path-mtu'; report: PathReport }
  | { type: 'pinged'; number: number; outcome: PingOutcome; ms: number }
  /** The device of a local link does not segment: datagrams go one by one. */
  | { type: 'no-segmentation'; link: number }
  | { type: 'synced'; id: number }
  | { type: 'stopped' };
