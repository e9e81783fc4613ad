/**
 * The AEAD of the data path: Node's own OpenSSL, called through the FFI on the lane's arena. A key's
 * schedule is computed once; each datagram costs five calls (EVP_EncryptInit(3)): nonce, associated
 * data, text, final, tag.
 */
import type { Aead } from '../core/crypto/aead.js';
import type { Cipher } from '../core/crypto/cipher.js';
import { HEADER_SIZE, SEAL_OVERHEAD, TAG_SIZE } from '../core/wire/transport.js';
import { arena, type Evp, type MappedArena } from './syscalls.js';

const EVP_CTRL_AEAD_GET_TAG = 0x10;
const EVP_CTRL_AEAD_SET_TAG = 0x11;

export class OpensslAead implements Aead {
  /** Context of each handle; 0 for a free one. Bounded by the keys of the lane's peers. */
  private readonly contexts: number[] = [];
  private readonly free: number[] = [];
  /** Nonce at 0 (12 bytes: four zero, counter u64 little endian), length at 16, key at 32. */
  private readonly scratch = arena(4096);
  private readonly nonce = this.scratch.address;
  private readonly length = this.scratch.address + 16;

  constructor(
    private readonly evp: Evp,
    private readonly memory: MappedArena,
  ) {}

  addKey(cipher: Cipher, key: Uint8Array, direction: 'seal' | 'open'): number {
    const { evp, scratch } = this;
    const context = evp.newContext();
    if (context === 0) throw new Error('OpenSSL: out of memory for a cipher context');
    const algorithm = cipher === 'aes-256-gcm' ? evp.aes256gcm() : evp.chacha20poly1305();
    scratch.bytes.set(key, 32);
    const init = direction === 'seal' ? evp.encryptInit : evp.decryptInit;
    const ok = init(context, algorithm, scratch.address + 32, this.nonce);
    scratch.bytes.fill(0, 32, 64);
    if (ok !== 1) throw new Error(`OpenSSL refused a key for ${cipher}`);
    const handle = this.free.pop() ?? this.contexts.length;
    this.contexts[handle] = context;
    return handle;
  }

  removeKey(handle: number): void {
    const context = this.contexts[handle];
    if (!context) return;
    this.evp.freeContext(context); // cleanses the key schedule
    this.contexts[handle] = 0;
    this.free.push(handle);
  }

  // HOT PATH
  seal(handle: number, counter: number, plain: number, length: number, datagram: number): void {
    const { evp } = this;
    const context = this.contexts[handle]!;
    const base = this.memory.address;
    const out = base + datagram + HEADER_SIZE;
    this.scratch.view.setInt32(4, counter, true);
    const ok =
      evp.encryptInit(context, 0, 0, this.nonce) &
      evp.encryptUpdate(context, 0, this.length, base + datagram, HEADER_SIZE) &
      evp.encryptUpdate(context, out, this.length, base + plain, length) &
      evp.encryptFinal(context, out + length, this.length) &
      evp.control(context, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, out + length);
    // A datagram that was not sealed must never leave: better no daemon than plaintext on the wire.
    if (ok !== 1) throw new Error('OpenSSL failed to seal a datagram');
  }

  // HOT PATH
  open(handle: number, counter: number, datagram: number, length: number): boolean {
    const { evp } = this;
    const context = this.contexts[handle]!;
    const base = this.memory.address + datagram;
    const text = base + HEADER_SIZE;
    const textLength = length - SEAL_OVERHEAD;
    this.scratch.view.setInt32(4, counter, true);
    const ready =
      evp.decryptInit(context, 0, 0, this.nonce) &
      evp.control(context, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, text + textLength) &
      evp.decryptUpdate(context, 0, this.length, base, HEADER_SIZE) &
      evp.decryptUpdate(context, text, this.length, text, textLength);
    return ready === 1 && evp.decryptFinal(context, text + textLength, this.length) === 1;
  }
}
