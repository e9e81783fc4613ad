/**
 * Transport datagrams: what hosts with a session send each other.
 *
 *     0        4          8                16                        len-16
 *     | type=4 | receiver |    counter     |  ciphertext of the      | tag |
 *     | 0 0 0  | index u32|    u64         |  plaintext, same length | 16  |
 *
 * The 16-byte header is the associated data, the counter is the nonce. Numbers are little endian. The
 * plaintext begins with one byte that says its kind. See docs/protocol.md.
 */

/** First byte of every datagram. */
export const TYPE_INITIATION = 1;
export const TYPE_RESPONSE = 2;
export const TYPE_COOKIE_REPLY = 3;
export const TYPE_TRANSPORT = 4;

export const HEADER_SIZE = 16;
export const TAG_SIZE = 16;
/** Bytes that sealing adds to a plaintext. */
export const SEAL_OVERHEAD = HEADER_SIZE + TAG_SIZE;

/** First byte of every plaintext. */
export const KIND_FRAME = 1;
export const KIND_FRAGMENT = 2;
export const KIND_PING = 3;
export const KIND_PONG = 4;
// 5, 6 and 7 are reserved for acknowledgements, path-MTU probes and their answers.
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
  view.setInt32(offset + 8, counter, true);
  view.setInt32(offset + 12, 0, true);
}
