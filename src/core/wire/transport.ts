/**
 * Transport datagrams: what hosts with a session send each other.
 *
 *     0        4          8                16                        len-16
 *     | type=4 | receiver |    counter     |  ciphertext of the      | tag |
 *     | 0 0 0  | index u32| u64 big endian |  plaintext, same length | 16  |
 *
 * They are sealed as TLS 1.2 seals its records (RFC 5288, RFC 7905): the counter is the nonce, and the
 * associated data is 13 bytes made of counter, type and length. So OpenSSL needs two calls for a
 * datagram instead of five. Numbers are little endian, but for the counter, which is the nonce as it
 * stands. The plaintext begins with one byte that says its kind. See docs/protocol.md.
 */

/** First byte of every datagram. */
export const TYPE_INITIATION = 1;
export const TYPE_RESPONSE = 2;
export const TYPE_COOKIE_REPLY = 3;
export const TYPE_TRANSPORT = 4;
export const TYPE_JOIN_REQUEST = 5;
export const TYPE_JOIN_ANSWER = 6;

export const HEADER_SIZE = 16;
export const TAG_SIZE = 16;
/** Bytes that sealing adds to a plaintext. */
export const SEAL_OVERHEAD = HEADER_SIZE + TAG_SIZE;

/** Bytes of a nonce: four zeros and the counter, as it stands in the header. */
export const NONCE_SIZE = 12;
/** Bytes of the associated data: counter u64, type, two zeros, length of the plaintext u16, big endian. */
export const AAD_SIZE = 13;
/** Offset of the length in the associated data. */
const AAD_LENGTH = 11;

/** First byte of every plaintext. */
export const KIND_FRAME = 1;
export const KIND_FRAGMENT = 2;
export const KIND_PING = 3;
export const KIND_PONG = 4;
export const KIND_ACK = 5;
export const KIND_PROBE = 6;
export const KIND_PROBE_ANSWER = 7;
/** The sender ends the session: it forgets its keys after this. */
export const KIND_CLOSE = 8;

/** Datagrams under one key after which a new handshake starts, and after which the key is refused (RFC 8446, 5.5). */
export const REKEY_AFTER_DATAGRAMS = 2 ** 26;
export const REJECT_AFTER_DATAGRAMS = 2 ** 28;

/** Writes the header of a transport datagram. `counter` is below 2^28, so its upper half is zero. */
// HOT PATH
export function writeHeader(view: DataView, offset: number, remoteIndex: number, counter: number): void {
  view.setInt32(offset, TYPE_TRANSPORT, true);
  view.setInt32(offset + 4, remoteIndex, true);
  view.setInt32(offset + 8, 0);
  view.setInt32(offset + 12, counter);
}

/** The counter in a header, or -1 when it is above what any key may use. */
// HOT PATH
export function counterOf(view: DataView, offset: number): number {
  const counter = view.getInt32(offset + 12); // signed: what is negative is above the limit anyway
  return view.getInt32(offset + 8) === 0 && counter < REJECT_AFTER_DATAGRAMS ? counter : -1;
}

/** Writes the associated data of a datagram. `length` in bytes, as the AEAD at hand wants it. */
// HOT PATH
export function writeAad(view: DataView, offset: number, counter: number, length: number): void {
  view.setInt32(offset, 0);
  view.setInt32(offset + 4, counter);
  view.setInt32(offset + 8, TYPE_TRANSPORT, true);
  view.setInt16(offset + AAD_LENGTH, length);
}
