/** What the handshake machine says to the world around it. */
import type { Malformed } from '../wire/handshake.js';
import type { SessionKeys } from './keys.js';

/** Why a datagram was dropped. Nothing is sent back for one of these, but for a cookie reply where it says so. */
export type Refusal =
  | Malformed
  /** This host has no key yet. */
  | 'no-identity'
  /** The sender does not know our public key, or the message is one of ours that came back. */
  | 'mac1'
  /** More initiations than this host takes in all, or more answers than it tries with one initiation on one link. */
  | 'rate'
  /** More initiations than this host takes from one address, though proved to come from there. */
  | 'source-rate'
  /** Under load, and without a proof of its address: a cookie reply went back. */
  | 'unproven'
  /** Not sealed by who it says, or for another network, cipher or pre-shared key. */
  | 'authentication'
  /** A static key that no configured peer has. */
  | 'unknown-key'
  /** Authentic, but its content can't be read. */
  | 'payload'
  /** The peer with this key has another host id in our configuration. */
  | 'host-id'
  /** Not newer than what this peer sent before. */
  | 'replay'
  /** The ML-KEM key is malformed. */
  | 'kem-key'
  /** A response to nothing that waits for one. */
  | 'unknown-index'
  /** A cookie reply that does not belong to the initiation that it names. */
  | 'cookie-reply';

/** For the log: what happens between this host and a peer. */
export type HandshakeEvent =
  | 'connecting'
  /** Three tries without an answer; once for each time of trying. */
  | 'no-answer'
  /** Both ends started at once; ours goes on. */
  | 'simultaneous-open'
  | 'established-as-initiator'
  | 'established-as-responder'
  | 'rekey'
  /** The peer asked for a proof of our address on a link, and got it. */
  | 'peer-under-load'
  /** The key that was sent with is 180 s old. */
  | 'expired'
  /** The peer's response is not authentic: most likely the pre-shared keys differ. */
  | 'response-refused'
  /** The configured public key is of low order: no session is possible. */
  | 'unusable-key';

export interface HandshakeSink {
  /**
   * The same bytes to the peer over every enabled link but those of which `except` has the bit (bit n: link n).
   * The array stays unchanged and may be kept.
   */
  sendOnAllLinks(peer: number, bytes: Uint8Array, except: number): void;
  /** To where a message came from. */
  sendReply(link: number, address: Uint8Array, bytes: Uint8Array): void;
  /** The greatest stamp that was accepted from this static public key, to be kept over restarts. */
  stampAccepted?(publicKey: Uint8Array, stamp: bigint): void;
  /** New keys. As initiator they are current at once; send something under them soon, the peer waits for it. */
  established(keys: SessionKeys): void;
  /** These keys, and only these, must no longer be used either way. Other sessions of the peer live on. */
  expired(peer: number, localIndex: number): void;
  /** Each dropped datagram; `peer` is null where no authentic one is known. */
  refused?(reason: Refusal, link: number, address: Uint8Array, peer: number | null): void;
  event?(peer: number, event: HandshakeEvent): void;
}
