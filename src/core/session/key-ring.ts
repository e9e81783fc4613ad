/**
 * The keys of a session as the data path holds them: previous, current and next side by side, so that
 * no datagram is lost at a rekey. We send under *current*. A finished handshake makes the initiator's
 * keys current at once; the responder's wait as *next* until a datagram under them proves that the
 * initiator has them too. If a newer handshake is finished before that, they are *overtaken*: the peer may
 * be sending under them (its first datagrams are late) or still under our current ones (it never got our
 * response), so both are kept to open with until the newer session has proved itself.
 */
import type { Aead } from '../crypto/aead.js';
import type { Cipher } from '../crypto/cipher.js';
import { ReplayWindow } from '../crypto/replay-window.js';
import type { SessionKeys } from './keys.js';

/** Keys of one handshake. */
export class KeyPair {
  readonly window = new ReplayWindow();
  /** Counter of the next datagram that we seal. */
  counter = 0;
  /** A rekey was asked for because of the counter. */
  rekeyAsked = false;

  constructor(
    readonly peer: number,
    readonly localIndex: number,
    readonly remoteIndex: number,
    readonly sealKey: number,
    readonly openKey: number,
  ) {}
}

export class KeyRing {
  current: KeyPair | null = null;
  previous: KeyPair | null = null;
  next: KeyPair | null = null;
  overtaken: KeyPair | null = null;
  private lostBefore = 0;

  /** @param byIndex every key pair of the lane by its local index; bounded by 4 for each peer. */
  constructor(
    private readonly aead: Aead,
    private readonly byIndex: Map<number, KeyPair>,
  ) {}

  /** Takes the keys of a finished handshake and wipes the arrays they came in. */
  install(keys: SessionKeys, cipher: Cipher): void {
    const pair = new KeyPair(
      keys.peer,
      keys.localIndex,
      keys.remoteIndex,
      this.aead.addKey(cipher, keys.sendKey, 'seal'),
      this.aead.addKey(cipher, keys.receiveKey, 'open'),
    );
    keys.sendKey.fill(0);
    keys.receiveKey.fill(0);
    this.byIndex.set(pair.localIndex, pair);
    const unused = this.next;
    this.next = pair;
    if (keys.initiator) this.promote();
    else this.drop(this.overtaken);
    this.overtaken = unused;
  }

  /** A datagram under `pair` was authenticated. True when this made it the current key. */
  // HOT PATH
  confirmed(pair: KeyPair): boolean {
    if (pair !== this.next) return false;
    this.promote();
    return true;
  }

  /** Forgets the pair with this local index, and no other. True when that was the current one. */
  expire(localIndex: number): boolean {
    const pair = this.byIndex.get(localIndex);
    if (pair === undefined) return false;
    const wasCurrent = pair === this.current;
    if (pair === this.previous) this.previous = null;
    else if (pair === this.current) this.current = null;
    else if (pair === this.next) this.next = null;
    else if (pair === this.overtaken) this.overtaken = null;
    else return false;
    this.drop(pair);
    return wasCurrent;
  }

  /** Datagrams of the peer that never came, over all keys so far. */
  lost(): number {
    return this.lostBefore + (this.current?.window.lost ?? 0) + (this.previous?.window.lost ?? 0);
  }

  /** Forgets all keys. */
  clear(): void {
    this.drop(this.previous);
    this.drop(this.current);
    this.drop(this.next);
    this.drop(this.overtaken);
    this.previous = null;
    this.current = null;
    this.next = null;
    this.overtaken = null;
  }

  private promote(): void {
    this.drop(this.previous);
    this.drop(this.overtaken);
    this.overtaken = null;
    this.previous = this.current;
    this.current = this.next;
    this.next = null;
  }

  private drop(pair: KeyPair | null): void {
    if (pair === null) return;
    this.lostBefore += pair.window.lost;
    this.byIndex.delete(pair.localIndex);
    this.aead.removeKey(pair.sealKey);
    this.aead.removeKey(pair.openKey);
  }
}
