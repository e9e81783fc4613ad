/** What the handshake machine is given. */
import type { Primitives } from '../crypto/primitives.js';
import type { Random } from './exchange.js';
import type { HandshakeLimits } from './handshake-rate.js';
import type { HandshakeSink } from './handshake-sink.js';

export interface HandshakesOptions {
  primitives: Primitives;
  /** Cryptographically secure random bytes in an array of their own. */
  random: Random;
  /** A number below 2^64 that rises with every call, over restarts too. */
  stamp: () => bigint;
  /** Greatest stamp ever accepted from a static public key (`HandshakeSink.stampAccepted`); -1 when there was none. */
  acceptedStamp?: (publicKey: Uint8Array) => bigint;
  sink: HandshakeSink;
  /** Where they differ from the usual ones. */
  limits?: Partial<HandshakeLimits>;
}

export interface PeerOptions {
  /** Index in the lane's peer table. */
  peer: number;
  /** The peer's host id, 1 to 65535, not ours. */
  hostId: number;
  /** X25519, 32 bytes. */
  publicKey: Uint8Array;
  /** 32 bytes known to these two hosts only, or null. */
  psk: Uint8Array | null;
  /**
   * Time, ms, until which the key and the psk that these replace count beside them, so that sessions live on.
   * Absent: where they differ, sessions begin anew.
   */
  oldUntil?: number;
}
