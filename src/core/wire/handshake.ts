/**
 * Handshake datagrams: how two hosts that know each other's public keys agree on a session.
 *
 *   initiation, 1336 bytes              response, 1188 bytes                cookie reply, 64 bytes
 *      0  type = 1, three zero bytes       0  type = 2, three zero bytes       0  type = 3, three zero bytes
 *      4  sender index u32                 4  sender index u32                 4  receiver index u32
 *      8  ephemeral key 32                 8  receiver index u32               8  nonce 24
 *     40  static key, sealed 32 + 16      12  ephemeral key 32                32  cookie, sealed 16 + 16
 *     88  payload, sealed 1200 + 16       44  payload, sealed 1096 + 16
 *   1304  mac1 16                       1156  mac1 16
 *   1320  mac2 16                       1172  mac2 16
 *
 *   payload of the initiation           payload of the response
 *      0  stamp u64                        0  ML-KEM-768 ciphertext 1088
 *      8  host id u16                   1088  host id u16
 *     10  psk tag of the network 3      1090  six zero bytes
 *     13  psk tag of the pair 3
 *     16  ML-KEM-768 encapsulation key 1184
 *
 * Numbers are little endian. What lies between the indices and mac1 is one Noise message. The sender
 * index is the number that the sender wants to see as receiver index in what is sent to it. mac2 is
 * zero until a cookie reply has asked for it; that of a response is always zero, and not looked at.
 */
import { JOIN_REQUEST_SIZE } from './join.js';
import { TYPE_COOKIE_REPLY, TYPE_INITIATION, TYPE_RESPONSE } from './transport.js';

export const INITIATION_SIZE = 1336;
export const RESPONSE_SIZE = 1188;
export const COOKIE_REPLY_SIZE = 64;

/** Bytes that a handshake message or join request of this type has; 0 for another type. */
export function handshakeSize(type: number): number {
  return [0, INITIATION_SIZE, RESPONSE_SIZE, COOKIE_REPLY_SIZE, 0, JOIN_REQUEST_SIZE][type] ?? 0;
}

/** Where the Noise message begins; it ends where mac1 begins. Before it: the header. */
export const INITIATION_NOISE = 8;
export const RESPONSE_NOISE = 12;
export const INITIATION_MAC1 = 1304;
export const RESPONSE_MAC1 = 1156;
export const MAC_SIZE = 16;
/** Where mac2 of an initiation lies. */
export const INITIATION_MAC2 = INITIATION_MAC1 + MAC_SIZE;

/** Bytes of a cookie reply's nonce. */
export const COOKIE_NONCE_SIZE = 24;
const COOKIE_NONCE = 8;
const SEALED_COOKIE = 32;

const KEM_CIPHERTEXT_SIZE = 1088;
const INITIATION_PAYLOAD_SIZE = 1200;
const RESPONSE_PAYLOAD_SIZE = 1096;
const KEM_KEY = 16;
const INITIATION_HOST_ID = 8;
/** Bytes of a psk tag. */
export const PSK_TAG_SIZE = 3;
const NETWORK_TAG = 10;
const PAIR_TAG = 13;
const RESPONSE_HOST_ID = 1088;
const RESPONSE_RESERVED = 1090;

export type HandshakeKind = 'initiation' | 'response' | 'cookie-reply';
/** Why a datagram is no handshake message at all. */
export type Malformed = 'type' | 'length' | 'reserved';

/** Says which message this is by type, reserved bytes and length, and nothing else. */
export function classify(bytes: Uint8Array): HandshakeKind | Malformed {
  switch (bytes[0]) {
    case TYPE_INITIATION:
      return shaped(bytes, INITIATION_SIZE, 'initiation');
    case TYPE_RESPONSE:
      return shaped(bytes, RESPONSE_SIZE, 'response');
    case TYPE_COOKIE_REPLY:
      return shaped(bytes, COOKIE_REPLY_SIZE, 'cookie-reply');
    default:
      return bytes.length === 0 ? 'length' : 'type';
  }
}

function shaped(bytes: Uint8Array, size: number, kind: HandshakeKind): HandshakeKind | Malformed {
  if (bytes.length !== size) return 'length';
  return bytes[1] === 0 && bytes[2] === 0 && bytes[3] === 0 ? kind : 'reserved';
}

/** Sender index of an initiation or a response. */
export function senderIndex(bytes: Uint8Array): number {
  return view(bytes).getUint32(4, true);
}

/** Receiver index of a response. */
export function receiverIndex(bytes: Uint8Array): number {
  return view(bytes).getUint32(8, true);
}

/** The 8 bytes before the Noise message of an initiation. */
export function initiationHeader(sender: number): Uint8Array {
  const header = new Uint8Array(INITIATION_NOISE);
  header[0] = TYPE_INITIATION;
  view(header).setUint32(4, sender, true);
  return header;
}

/** The 12 bytes before the Noise message of a response. */
export function responseHeader(sender: number, receiver: number): Uint8Array {
  const header = new Uint8Array(RESPONSE_NOISE);
  header[0] = TYPE_RESPONSE;
  view(header).setUint32(4, sender, true);
  view(header).setUint32(8, receiver, true);
  return header;
}

/** A cookie reply to the initiation with this sender index. */
export function encodeCookieReply(receiver: number, nonce: Uint8Array, sealed: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(COOKIE_REPLY_SIZE);
  bytes[0] = TYPE_COOKIE_REPLY;
  view(bytes).setUint32(4, receiver, true);
  bytes.set(nonce, COOKIE_NONCE);
  bytes.set(sealed, SEALED_COOKIE);
  return bytes;
}

/** What is in a cookie reply whose length was checked; the arrays are parts of it. */
export function decodeCookieReply(bytes: Uint8Array): { receiver: number; nonce: Uint8Array; sealed: Uint8Array } {
  return {
    receiver: view(bytes).getUint32(4, true),
    nonce: bytes.subarray(COOKIE_NONCE, SEALED_COOKIE),
    sealed: bytes.subarray(SEALED_COOKIE),
  };
}

export interface InitiationPayload {
  /** Rises strictly with every initiation of a host, over restarts too. */
  stamp: bigint;
  hostId: number;
  /** By which the responder knows the pre-shared keys that the initiator would use, 3 bytes each. */
  networkTag: Uint8Array;
  pairTag: Uint8Array;
  encapsulationKey: Uint8Array;
}

export interface ResponsePayload {
  hostId: number;
  kemCiphertext: Uint8Array;
}

export function encodeInitiationPayload(payload: InitiationPayload): Uint8Array {
  const bytes = new Uint8Array(INITIATION_PAYLOAD_SIZE);
  view(bytes).setBigUint64(0, payload.stamp, true);
  view(bytes).setUint16(INITIATION_HOST_ID, payload.hostId, true);
  bytes.set(payload.networkTag, NETWORK_TAG);
  bytes.set(payload.pairTag, PAIR_TAG);
  bytes.set(payload.encapsulationKey, KEM_KEY);
  return bytes;
}

/** Null when the length or the host id (0) are wrong. Key and tags are copies. */
export function decodeInitiationPayload(bytes: Uint8Array): InitiationPayload | null {
  if (bytes.length !== INITIATION_PAYLOAD_SIZE) return null;
  const hostId = view(bytes).getUint16(INITIATION_HOST_ID, true);
  if (hostId === 0) return null;
  return {
    stamp: view(bytes).getBigUint64(0, true),
    hostId,
    networkTag: bytes.slice(NETWORK_TAG, PAIR_TAG),
    pairTag: bytes.slice(PAIR_TAG, KEM_KEY),
    encapsulationKey: bytes.slice(KEM_KEY),
  };
}

export function encodeResponsePayload(payload: ResponsePayload): Uint8Array {
  const bytes = new Uint8Array(RESPONSE_PAYLOAD_SIZE);
  bytes.set(payload.kemCiphertext);
  view(bytes).setUint16(RESPONSE_HOST_ID, payload.hostId, true);
  return bytes;
}

/** Null when the length, the reserved bytes or the host id (0) are wrong. The ciphertext is a copy. */
export function decodeResponsePayload(bytes: Uint8Array): ResponsePayload | null {
  if (bytes.length !== RESPONSE_PAYLOAD_SIZE) return null;
  for (let at = RESPONSE_RESERVED; at < RESPONSE_PAYLOAD_SIZE; at++) if (bytes[at] !== 0) return null;
  const hostId = view(bytes).getUint16(RESPONSE_HOST_ID, true);
  return hostId === 0 ? null : { hostId, kemCiphertext: bytes.slice(0, KEM_CIPHERTEXT_SIZE) };
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
