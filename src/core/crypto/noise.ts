/**
 * The Noise protocol framework (revision 34) as far as Sennit needs it: the patterns IK and IKpsk2
 * over 25519, ChaChaPoly and BLAKE2b, with the objects and functions of the specification's section 5.
 *
 *   IK, IKpsk2:   <- s                      the initiator knows the responder's static key beforehand
 *                 ...
 *                 -> e, es, s, ss
 *                 <- e, ee, se [, psk]      psk only in IKpsk2
 *
 * Where it departs from the specification's text: the ephemeral secret is an argument (nothing here
 * draws randomness), and a bad message gives null instead of an error. A state that gave null is of no
 * more use: who must survive forgeries reads with a clone.
 */
import { ascii, concat, wipe } from './bytes.js';
import { HASH_LENGTH, hkdf } from './hkdf.js';
import type { Primitives } from './primitives.js';

/** Bytes of a public key and of a Diffie-Hellman result (DHLEN). */
const DH_LENGTH = 32;
/** Bytes that encryption adds. */
const TAG_LENGTH = 16;
const NOTHING = new Uint8Array(0);

/** A ChaChaPoly key and its nonce (section 5.1). Without a key it passes everything through. */
export class CipherState {
  readonly #primitives: Primitives;
  #k: Uint8Array | null = null;
  #n = 0;

  constructor(primitives: Primitives) {
    this.#primitives = primitives;
  }

  /** Takes over the array `key`. */
  initializeKey(key: Uint8Array | null): void {
    wipe(this.#k);
    this.#k = key;
    this.#n = 0;
  }

  encryptWithAd(ad: Uint8Array, plaintext: Uint8Array): Uint8Array {
    if (this.#k === null) return plaintext;
    return this.#primitives.chachaSeal(this.#k, nonce(this.#n++), ad, plaintext);
  }

  /** Null when the tag does not fit; the nonce then stays. */
  decryptWithAd(ad: Uint8Array, ciphertext: Uint8Array): Uint8Array | null {
    if (this.#k === null) return ciphertext;
    const plaintext = this.#primitives.chachaOpen(this.#k, nonce(this.#n), ad, ciphertext);
    if (plaintext !== null) this.#n++;
    return plaintext;
  }

  clone(): CipherState {
    const copy = new CipherState(this.#primitives);
    copy.#k = this.#k === null ? null : this.#k.slice();
    copy.#n = this.#n;
    return copy;
  }
}

/** Section 12.2: 32 zero bits, then the counter in little endian. */
function nonce(counter: number): Uint8Array {
  const bytes = new Uint8Array(12);
  new DataView(bytes.buffer).setUint32(4, counter, true);
  return bytes;
}

/** Chaining key, hash of all that was said, and the cipher between (section 5.2). */
class SymmetricState {
  readonly #primitives: Primitives;
  readonly #cipher: CipherState;
  #ck: Uint8Array;
  #h: Uint8Array;

  constructor(primitives: Primitives, from?: SymmetricState) {
    this.#primitives = primitives;
    this.#cipher = from ? from.#cipher.clone() : new CipherState(primitives);
    this.#ck = from ? from.#ck.slice() : NOTHING;
    this.#h = from ? from.#h.slice() : NOTHING;
  }

  initializeSymmetric(protocolName: string): void {
    const name = ascii(protocolName);
    this.#h = new Uint8Array(HASH_LENGTH);
    if (name.length <= HASH_LENGTH) this.#h.set(name);
    else this.#h = this.#primitives.blake2b(HASH_LENGTH, name);
    this.#ck = this.#h.slice();
    this.#cipher.initializeKey(null);
  }

  mixKey(inputKeyMaterial: Uint8Array): void {
    const [ck, key, unused] = hkdf(this.#primitives, this.#ck, inputKeyMaterial);
    wipe(this.#ck, unused);
    this.#ck = ck;
    this.#cipher.initializeKey(truncate(key));
  }

  mixHash(data: Uint8Array): void {
    this.#h = this.#primitives.blake2b(HASH_LENGTH, concat(this.#h, data));
  }

  mixKeyAndHash(inputKeyMaterial: Uint8Array): void {
    const [ck, hash, key] = hkdf(this.#primitives, this.#ck, inputKeyMaterial);
    wipe(this.#ck);
    this.#ck = ck;
    this.mixHash(hash);
    wipe(hash);
    this.#cipher.initializeKey(truncate(key));
  }

  getHandshakeHash(): Uint8Array {
    return this.#h.slice();
  }

  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    const ciphertext = this.#cipher.encryptWithAd(this.#h, plaintext);
    this.mixHash(ciphertext);
    return ciphertext;
  }

  decryptAndHash(ciphertext: Uint8Array): Uint8Array | null {
    const plaintext = this.#cipher.decryptWithAd(this.#h, ciphertext);
    if (plaintext !== null) this.mixHash(ciphertext);
    return plaintext;
  }

  /** Two keys of 32 bytes: what the initiator sends with, what the responder sends with. */
  split(): [Uint8Array, Uint8Array] {
    const [first, second, unused] = hkdf(this.#primitives, this.#ck, NOTHING);
    wipe(unused);
    return [truncate(first), truncate(second)];
  }

  wipe(): void {
    wipe(this.#ck, this.#h);
    this.#cipher.initializeKey(null);
  }
}

/** The first 32 bytes of a hash as a key of its own; the rest is wiped. */
function truncate(hash: Uint8Array): Uint8Array {
  const key = hash.slice(0, 32);
  wipe(hash);
  return key;
}

export interface HandshakeOptions {
  primitives: Primitives;
  pattern: 'IK' | 'IKpsk2';
  initiator: boolean;
  prologue: Uint8Array;
  /** Our static key pair. The secret is only read, never kept in a copy. */
  staticSecret: Uint8Array;
  staticPublic: Uint8Array;
  /** The responder's static public key; the responder learns the initiator's from the first message. */
  remoteStatic: Uint8Array | null;
}

/** One run of the handshake (section 5.3), one message each way. */
export class HandshakeState {
  /** The pre-shared key of IKpsk2: taken over and wiped with the state; must be set before the second message. */
  psk: Uint8Array | null = null;
  readonly #options: HandshakeOptions;
  readonly #symmetric: SymmetricState;
  #e: Uint8Array | null = null;
  #rs: Uint8Array | null;
  #re: Uint8Array | null = null;

  constructor(options: HandshakeOptions, from?: HandshakeState) {
    this.#options = options;
    this.#rs = options.remoteStatic;
    this.#symmetric = new SymmetricState(options.primitives, from ? from.#symmetric : undefined);
    if (from) {
      this.psk = from.psk ? from.psk.slice() : null;
      this.#e = from.#e ? from.#e.slice() : null;
      this.#rs = from.#rs;
      this.#re = from.#re;
      return;
    }
    this.#symmetric.initializeSymmetric(`Noise_${options.pattern}_25519_ChaChaPoly_BLAKE2b`);
    this.#symmetric.mixHash(options.prologue);
    const responder = options.initiator ? options.remoteStatic : options.staticPublic;
    if (responder === null) throw new Error('the initiator of IK must know the static key of the responder');
    this.#symmetric.mixHash(responder);
  }

  clone(): HandshakeState {
    return new HandshakeState(this.#options, this);
  }

  /** Binds public bytes that travel beside the next message (its header) into the handshake hash. */
  mixHash(data: Uint8Array): void {
    this.#symmetric.mixHash(data);
  }

  /** The initiator's static public key once it is known. */
  get remoteStatic(): Uint8Array | null {
    return this.#rs;
  }

  /**
   * Writes our message. Takes over `ephemeralSecret` (32 random bytes) and wipes it with the state.
   * Null when a public key of the peer is of low order; the state is then of no more use.
   */
  writeMessage(payload: Uint8Array, ephemeralSecret: Uint8Array): Uint8Array | null {
    const { primitives, initiator, staticPublic, staticSecret } = this.#options;
    this.#e = ephemeralSecret;
    const ephemeral = primitives.x25519Base(ephemeralSecret);
    this.#mixEphemeral(ephemeral);
    if (!initiator) {
      if (!this.#mixDh(this.#e, this.#re) || !this.#mixDh(this.#e, this.#rs)) return null;
      this.#mixPsk();
      return concat(ephemeral, this.#symmetric.encryptAndHash(payload));
    }
    if (!this.#mixDh(this.#e, this.#rs)) return null;
    const encryptedStatic = this.#symmetric.encryptAndHash(staticPublic);
    if (!this.#mixDh(staticSecret, this.#rs)) return null;
    return concat(ephemeral, encryptedStatic, this.#symmetric.encryptAndHash(payload));
  }

  /**
   * Reads the peer's message and returns its payload, or null when it is not authentic.
   * `accept` is asked once the responder knows who speaks; false ends the work there.
   */
  readMessage(message: Uint8Array, accept?: (remoteStatic: Uint8Array) => boolean): Uint8Array | null {
    return this.#options.initiator ? this.#readSecond(message) : this.#readFirst(message, accept);
  }

  #readFirst(message: Uint8Array, accept?: (remoteStatic: Uint8Array) => boolean): Uint8Array | null {
    const { staticSecret } = this.#options;
    const encryptedStatic = DH_LENGTH + DH_LENGTH + TAG_LENGTH;
    if (message.length < encryptedStatic + TAG_LENGTH) return null;
    this.#re = message.slice(0, DH_LENGTH);
    this.#mixEphemeral(this.#re);
    if (!this.#mixDh(staticSecret, this.#re)) return null;
    this.#rs = this.#symmetric.decryptAndHash(message.subarray(DH_LENGTH, encryptedStatic));
    if (this.#rs === null || (accept && !accept(this.#rs)) || !this.#mixDh(staticSecret, this.#rs)) return null;
    return this.#symmetric.decryptAndHash(message.subarray(encryptedStatic));
  }

  #readSecond(message: Uint8Array): Uint8Array | null {
    if (message.length < DH_LENGTH + TAG_LENGTH) return null;
    this.#re = message.slice(0, DH_LENGTH);
    this.#mixEphemeral(this.#re);
    if (!this.#mixDh(this.#e, this.#re) || !this.#mixDh(this.#options.staticSecret, this.#re)) return null;
    this.#mixPsk();
    return this.#symmetric.decryptAndHash(message.subarray(DH_LENGTH));
  }

  /** Token "e". With a psk the ephemeral also goes into the key (section 9.2). */
  #mixEphemeral(ephemeral: Uint8Array): void {
    this.#symmetric.mixHash(ephemeral);
    if (this.#options.pattern === 'IKpsk2') this.#symmetric.mixKey(ephemeral);
  }

  /** Tokens "ee", "es", "se", "ss". False when the result is all zero: a public key of low order. */
  #mixDh(secret: Uint8Array | null, point: Uint8Array | null): boolean {
    if (secret === null || point === null) return false;
    const shared = this.#options.primitives.x25519(secret, point);
    if (shared === null) return false;
    this.#symmetric.mixKey(shared);
    wipe(shared);
    return true;
  }

  /** Token "psk". */
  #mixPsk(): void {
    if (this.#options.pattern !== 'IKpsk2') return;
    if (this.psk === null) throw new Error('IKpsk2 needs a pre-shared key before its second message');
    this.#symmetric.mixKeyAndHash(this.psk);
  }

  getHandshakeHash(): Uint8Array {
    return this.#symmetric.getHandshakeHash();
  }

  /** The keys from the initiator to the responder and back, after the second message. The caller wipes them. */
  split(): [Uint8Array, Uint8Array] {
    return this.#symmetric.split();
  }

  /** Forgets chaining key, ephemeral secret and psk. The static secret belongs to the caller. */
  wipe(): void {
    this.#symmetric.wipe();
    wipe(this.#e, this.psk);
    this.#e = null;
  }
}
