/**
 * The AEAD of the data path: Node's own OpenSSL, called through the FFI on the lane's arena. A key's
 * schedule is computed once. Datagrams are sealed as TLS 1.2 seals records, because for these OpenSSL
 * does the whole work in two calls (associated data; nonce, text and tag) where it takes five for
 * others: see EVP_EncryptInit(3) on OSSL_CIPHER_PARAM_AEAD_TLS1_AAD and provider-cipher(7).
 *
 * AES-256-GCM treats the eight bytes in front of the text, which are our counter, as the explicit part of
 * the nonce: it writes them when it seals, counting by itself, and reads them when it opens.
 * ChaCha20-Poly1305 takes the nonce from the associated data.
 */
import type { Aead } from '../core/crypto/aead.js';
import type { Cipher } from '../core/crypto/cipher.js';
import { AAD_SIZE, HEADER_SIZE, NONCE_SIZE, TAG_SIZE, writeAad } from '../core/wire/transport.js';
import { arena, type Evp, type MappedArena, putPointer } from './syscalls.js';

const EVP_CTRL_AEAD_SET_IV_FIXED = 0x12;
const OSSL_PARAM_OCTET_STRING = 5;
/** Bytes of the nonce that stand in the datagram. */
const EXPLICIT_NONCE = 8;

// Places in the scratch arena.
const NONCE = 0;
const KEY = 32;
const AAD = 64;
const PARAMS = 128;
const PARAM_NAME = 256;

export class OpensslAead implements Aead {
  /**
   * Context of each handle; null for a free one. Bounded by the keys of the lane's peers. The null at 0, which is
   * no handle, is there so that V8 keeps references: a pointer into a thread's heap is no small integer, and a
   * plain double would be boxed at every read.
   */
  private readonly contexts: (number | null)[] = [null];
  /** Bytes in front of the text that the cipher works on too, and the counter that it will put there next. */
  private readonly prefix: number[] = [0];
  private readonly next: number[] = [0];
  private readonly free: number[] = [];
  private readonly scratch = arena(4096);
  private readonly params = this.scratch.address + PARAMS;

  constructor(
    private readonly evp: Evp,
    private readonly memory: MappedArena,
  ) {
    // OSSL_PARAM params[] = { { "tlsaad", OSSL_PARAM_OCTET_STRING, aad, 13, 0 }, OSSL_PARAM_END }
    const { view, bytes, address } = this.scratch;
    new TextEncoder().encodeInto('tlsaad', bytes.subarray(PARAM_NAME));
    putPointer(view, PARAMS, address + PARAM_NAME);
    view.setUint32(PARAMS + 8, OSSL_PARAM_OCTET_STRING, true);
    putPointer(view, PARAMS + 16, address + AAD);
    view.setUint32(PARAMS + 24, AAD_SIZE, true);
  }

  addKey(cipher: Cipher, key: Uint8Array, direction: 'seal' | 'open'): number {
    const { evp, scratch } = this;
    const context = evp.newContext();
    if (context === 0) throw new Error('OpenSSL: out of memory for a cipher context');
    const gcm = cipher === 'aes-256-gcm';
    const algorithm = gcm ? evp.aes256gcm() : evp.chacha20poly1305();
    scratch.bytes.fill(0, NONCE, NONCE + NONCE_SIZE);
    scratch.bytes.set(key, KEY);
    const ok =
      evp.init(context, algorithm, 0, scratch.address + KEY, scratch.address + NONCE, direction === 'seal' ? 1 : 0) &
      evp.control(context, EVP_CTRL_AEAD_SET_IV_FIXED, gcm ? -1 : NONCE_SIZE, scratch.address + NONCE);
    scratch.bytes.fill(0, KEY, KEY + key.length);
    if (ok !== 1) throw new Error(`OpenSSL refused a key for ${cipher}`);
    const handle = this.free.pop() ?? this.contexts.length;
    this.contexts[handle] = context;
    this.prefix[handle] = gcm ? EXPLICIT_NONCE : 0;
    this.next[handle] = 0;
    return handle;
  }

  removeKey(handle: number): void {
    const context = this.contexts[handle] ?? null;
    if (context === null) return;
    this.evp.freeContext(context); // cleanses the key schedule
    this.contexts[handle] = null;
    this.free.push(handle);
  }

  // HOT PATH
  seal(handle: number, counter: number, plain: number, length: number, datagram: number): void {
    const { evp, memory, scratch } = this;
    const context = this.contexts[handle]!;
    const prefix = this.prefix[handle]!;
    const text = datagram + HEADER_SIZE;
    // These ciphers only work in place.
    if (plain !== text) memory.bytes.copyWithin(text, plain, plain + length);
    if (counter !== this.next[handle]! && prefix !== 0) this.rewind(context, counter);
    this.next[handle] = counter + 1;
    writeAad(scratch.view, AAD, counter, prefix + length);
    const at = memory.address + text - prefix;
    const size = prefix + length + TAG_SIZE;
    const ready = evp.setParams(context, this.params);
    // A datagram that was not sealed must never leave: better no daemon than plaintext on the wire.
    if (ready !== 1 || evp.cipher(context, at, at, size) !== size) {
      throw new Error('OpenSSL failed to seal a datagram');
    }
  }

  // HOT PATH
  open(handle: number, counter: number, datagram: number, length: number): boolean {
    const { evp, memory, scratch } = this;
    const context = this.contexts[handle]!;
    const prefix = this.prefix[handle]!;
    const size = prefix + length - HEADER_SIZE;
    writeAad(scratch.view, AAD, counter, size);
    const at = memory.address + datagram + HEADER_SIZE - prefix;
    return evp.setParams(context, this.params) === 1 && evp.cipher(context, at, at, size) > 0;
  }

  /** Makes `counter` the next one that AES-GCM uses. */
  private rewind(context: number, counter: number): void {
    this.scratch.view.setInt32(NONCE + NONCE_SIZE - 4, counter);
    const ok = this.evp.control(context, EVP_CTRL_AEAD_SET_IV_FIXED, -1, this.scratch.address + NONCE);
    if (ok !== 1) throw new Error('OpenSSL refused a nonce');
  }
}
