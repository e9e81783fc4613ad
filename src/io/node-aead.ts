/** The AEAD of the data path over node:crypto: slow, for a Node whose OpenSSL the FFI can't reach, and for tests. */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Arena } from '../core/arena.js';
import type { Aead } from '../core/crypto/aead.js';
import type { Cipher } from '../core/crypto/cipher.js';
import { AAD_SIZE, HEADER_SIZE, NONCE_SIZE, SEAL_OVERHEAD, TAG_SIZE, writeAad } from '../core/wire/transport.js';

interface Key {
  cipher: Cipher;
  key: Uint8Array;
}

export class NodeAead implements Aead {
  private readonly keys: (Key | null)[] = [];
  private readonly free: number[] = [];
  private readonly nonce = new Uint8Array(NONCE_SIZE);
  private readonly nonceView = new DataView(this.nonce.buffer);
  private readonly aad = new Uint8Array(AAD_SIZE);
  private readonly aadView = new DataView(this.aad.buffer);

  constructor(private readonly memory: Arena) {}

  addKey(cipher: Cipher, key: Uint8Array): number {
    const handle = this.free.pop() ?? this.keys.length;
    this.keys[handle] = { cipher, key: key.slice() };
    return handle;
  }

  removeKey(handle: number): void {
    const key = this.keys[handle];
    if (!key) return;
    key.key.fill(0);
    this.keys[handle] = null;
    this.free.push(handle);
  }

  seal(handle: number, counter: number, plain: number, length: number, datagram: number): void {
    const { bytes } = this.memory;
    const { cipher, key } = this.keys[handle]!;
    this.prepare(counter, length);
    const sealer = createCipheriv(cipher as 'aes-256-gcm', key, this.nonce, { authTagLength: TAG_SIZE });
    sealer.setAAD(this.aad);
    const out = datagram + HEADER_SIZE;
    bytes.set(sealer.update(bytes.subarray(plain, plain + length)), out);
    sealer.final();
    bytes.set(sealer.getAuthTag(), out + length);
  }

  open(handle: number, counter: number, datagram: number, length: number): boolean {
    const { bytes } = this.memory;
    const { cipher, key } = this.keys[handle]!;
    const text = datagram + HEADER_SIZE;
    const end = text + length - SEAL_OVERHEAD;
    this.prepare(counter, length - SEAL_OVERHEAD);
    const opener = createDecipheriv(cipher as 'aes-256-gcm', key, this.nonce, { authTagLength: TAG_SIZE });
    opener.setAAD(this.aad);
    opener.setAuthTag(bytes.subarray(end, end + TAG_SIZE));
    const plain = opener.update(bytes.subarray(text, end));
    try {
      opener.final();
    } catch {
      return false; // node:crypto has no other way to say that the tag doesn't fit
    }
    bytes.set(plain, text);
    return true;
  }

  private prepare(counter: number, length: number): void {
    this.nonceView.setUint32(NONCE_SIZE - 4, counter);
    writeAad(this.aadView, 0, counter, length);
  }
}
