/**
 * Join datagrams: how a host that was given an invitation tells the inviter its public key.
 *
 *   request, 372 bytes                   answer, 260 bytes
 *      0  type = 5, three zero bytes        0  type = 6, three zero bytes
 *      4  invitation id 8                   4  invitation id 8
 *     12  ephemeral key 32                 12  ephemeral key 32
 *     44  static key, sealed 32 + 16       44  payload, sealed 168 + 16
 *     92  payload, sealed 232 + 16        228  proof 32
 *    340  proof 32
 *
 *   payload of the request               payload of the answer
 *      0  host id u16, or 0                 0  status
 *      2  six zero bytes                    1  1: a pre-shared key of the network follows; else 0
 *      8  eight ends of links, 20 each      2  host id u16
 *    168  length of the host's name         4  four zero bytes
 *    169  the name, zeros 63                8  pre-shared key, or zeros 32
 *                                          40  length of the reason
 *   end of a link                          41  the reason, zeros 127
 *      0  family: 4, 6, or 0 for none
 *      1  zero
 *      2  port u16
 *      4  address 16 (IPv4: 4, then zeros)
 *
 * Numbers are little endian. What lies between the id and the proof is one Noise message. The place of an
 * end among the eight is its link's number. The answer is shorter than the request: nobody can make a host
 * send more than was sent to it.
 */
import { LINKS } from '../limits.js';
import { TYPE_JOIN_ANSWER, TYPE_JOIN_REQUEST } from './transport.js';

export const JOIN_REQUEST_SIZE = 372;
const JOIN_ANSWER_SIZE = 260;
/** Where the Noise message begins; it ends where the proof begins. Before it: the header. */
export const JOIN_NOISE = 12;
export const JOIN_PROOF_SIZE = 32;
const INVITATION_ID_SIZE = 8;

const ID = 4;
const REQUEST_PAYLOAD_SIZE = 232;
const REQUEST_LINKS = 8;
const REQUEST_NAME = 168;
const END_SIZE = 20;
const ANSWER_PAYLOAD_SIZE = 168;
const ANSWER_PSK = 8;
const ANSWER_REASON = 40;
const PSK_SIZE = 32;
const MAX_JOIN_NAME = REQUEST_PAYLOAD_SIZE - REQUEST_NAME - 1;
const MAX_JOIN_REASON = ANSWER_PAYLOAD_SIZE - ANSWER_REASON - 1;

/** Where a host waits for datagrams of a link. */
export interface JoinEnd {
  /** 4 or 16 bytes in network order. */
  address: Uint8Array;
  port: number;
}

export interface JoinRequest {
  /** The id that the joiner has already; 0: it takes the one that the invitation proposes. */
  hostId: number;
  /** Its ends as it sees them, by link number. */
  ends: (JoinEnd | null)[];
  /** What it calls itself: for people, ASCII, at most 63 bytes. */
  name: string;
}

/** In the order of their numbers on the wire, from 1. */
const STATUSES = ['ok', 'used', 'expired', 'host-id-taken', 'refused'] as const;
export type JoinStatus = (typeof STATUSES)[number];

export interface JoinAnswer {
  status: JoinStatus;
  /** The id under which the inviter knows the joiner; 0 unless `ok`. */
  hostId: number;
  /** The network's pre-shared key; only with `ok`. */
  psk: Uint8Array | null;
  /** Why it is refused, for people: printable ASCII, at most 127 bytes; what is beyond is cut. */
  reason: string;
}

/** The 12 bytes before the Noise message. */
export function joinHeader(type: typeof TYPE_JOIN_REQUEST | typeof TYPE_JOIN_ANSWER, id: Uint8Array): Uint8Array {
  const header = new Uint8Array(JOIN_NOISE);
  header[0] = type;
  header.set(id, ID);
  return header;
}

/** The invitation id of a request; null when the bytes are no join request by type, reserved bytes and length. */
export function joinRequestId(bytes: Uint8Array): Uint8Array | null {
  return idOf(bytes, TYPE_JOIN_REQUEST, JOIN_REQUEST_SIZE);
}

/** The same for an answer. */
export function joinAnswerId(bytes: Uint8Array): Uint8Array | null {
  return idOf(bytes, TYPE_JOIN_ANSWER, JOIN_ANSWER_SIZE);
}

function idOf(bytes: Uint8Array, type: number, size: number): Uint8Array | null {
  if (bytes.length !== size || bytes[0] !== type || !isZero(bytes, 1, ID)) return null;
  return bytes.subarray(ID, ID + INVITATION_ID_SIZE);
}

export function encodeJoinRequest({ hostId, ends, name }: JoinRequest): Uint8Array {
  const bytes = new Uint8Array(REQUEST_PAYLOAD_SIZE);
  view(bytes).setUint16(0, hostId, true);
  for (let link = 0; link < LINKS; link++) {
    const end = ends[link] ?? null;
    if (end === null) continue;
    const at = REQUEST_LINKS + link * END_SIZE;
    bytes[at] = end.address.length === 4 ? 4 : 6;
    view(bytes).setUint16(at + 2, end.port, true);
    bytes.set(end.address, at + 4);
  }
  writeText(bytes, REQUEST_NAME, name, MAX_JOIN_NAME);
  return bytes;
}

/** Null when the length, a reserved byte, an end or the name is wrong. */
export function decodeJoinRequest(bytes: Uint8Array): JoinRequest | null {
  if (bytes.length !== REQUEST_PAYLOAD_SIZE || !isZero(bytes, 2, REQUEST_LINKS)) return null;
  const ends: (JoinEnd | null)[] = [];
  for (let link = 0; link < LINKS; link++) {
    const end = readEnd(bytes, REQUEST_LINKS + link * END_SIZE);
    if (end === undefined) return null;
    ends.push(end);
  }
  const name = readText(bytes, REQUEST_NAME, MAX_JOIN_NAME);
  return name === null ? null : { hostId: view(bytes).getUint16(0, true), ends, name };
}

/** Undefined when it is malformed. */
function readEnd(bytes: Uint8Array, at: number): JoinEnd | null | undefined {
  const family = bytes[at];
  const port = view(bytes).getUint16(at + 2, true);
  if (family === 0) return isZero(bytes, at, at + END_SIZE) ? null : undefined;
  const length = family === 4 ? 4 : 16;
  if ((family !== 4 && family !== 6) || bytes[at + 1] !== 0 || port === 0) return undefined;
  if (!isZero(bytes, at + 4 + length, at + END_SIZE) || isZero(bytes, at + 4, at + 4 + length)) return undefined;
  return { address: bytes.slice(at + 4, at + 4 + length), port };
}

export function encodeJoinAnswer({ status, hostId, psk, reason }: JoinAnswer): Uint8Array {
  const bytes = new Uint8Array(ANSWER_PAYLOAD_SIZE);
  bytes[0] = STATUSES.indexOf(status) + 1;
  bytes[1] = psk === null ? 0 : 1;
  view(bytes).setUint16(2, hostId, true);
  if (psk !== null) bytes.set(psk, ANSWER_PSK);
  writeText(bytes, ANSWER_REASON, reason, MAX_JOIN_REASON);
  return bytes;
}

/** Null when the length, the status, a reserved byte or the reason is wrong. The key is a copy. */
export function decodeJoinAnswer(bytes: Uint8Array): JoinAnswer | null {
  if (bytes.length !== ANSWER_PAYLOAD_SIZE || bytes[1]! > 1 || !isZero(bytes, 4, ANSWER_PSK)) return null;
  const status = STATUSES[bytes[0]! - 1];
  const reason = readText(bytes, ANSWER_REASON, MAX_JOIN_REASON);
  const hostId = view(bytes).getUint16(2, true);
  if (status === undefined || reason === null || (status === 'ok') !== (hostId !== 0)) return null;
  if (bytes[1] === 0 && !isZero(bytes, ANSWER_PSK, ANSWER_REASON)) return null;
  if (bytes[1] === 1 && status !== 'ok') return null;
  return { status, hostId, psk: bytes[1] === 1 ? bytes.slice(ANSWER_PSK, ANSWER_PSK + PSK_SIZE) : null, reason };
}

function writeText(bytes: Uint8Array, at: number, text: string, max: number): void {
  const length = Math.min(text.length, max);
  bytes[at] = length;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    bytes[at + 1 + i] = isPrintable(code) ? code : 0x3f;
  }
}

/** Null unless it is printable ASCII, as long as it says, with zeros behind it. */
function readText(bytes: Uint8Array, at: number, max: number): string | null {
  const length = bytes[at]!;
  if (length > max || !isZero(bytes, at + 1 + length, at + 1 + max)) return null;
  const text = bytes.subarray(at + 1, at + 1 + length);
  return text.every(isPrintable) ? String.fromCharCode(...text) : null;
}

function isPrintable(code: number): boolean {
  return code >= 0x20 && code < 0x7f;
}

function isZero(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] !== 0) return false;
  return true;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
