/**
 * Runs inside a namespace and floods a host with initiations whose mac1 is good, as anybody can make them who
 * knows its public key:
 *
 *   flood-program.js PUBLIC-KEY ADDRESS PORT SOURCES RATE MILLISECONDS
 *
 * SOURCES: `one` address and port; `ports`, many ports of one address; `forged`, many addresses of 10.128.0.0/9.
 * It sends by a raw socket, what is due once a millisecond, and prints how many it sent.
 */
import { randomBytes } from 'node:crypto';
import { mac1, mac1Key } from '../src/core/session/key-schedule.js';
import { INITIATION_MAC1, INITIATION_SIZE } from '../src/core/wire/handshake.js';
import { MessageVector } from '../src/io/message-vector.js';
import { loadSodium } from '../src/io/sodium.js';
import { arena, ppoll, sendmmsg, socket } from '../src/io/syscalls.js';
import { addressRecord } from '../src/io/udp-socket.js';
import type { Sources } from './flood.js';

const AF_INET = 2;
const SOCK_RAW = 3;
const IPPROTO_RAW = 255;
const IPPROTO_UDP = 17;
const SOCKADDR_IN = 16;

const IP = 20;
const UDP = 8;
const PACKET = IP + UDP + INITIATION_SIZE;
const SLOT = 2048;
/** Different initiations; more than are due at once. */
const SLOTS = 64;
/** Where the sender's own address is put by the kernel. */
const OWN = 0;

const [key = '', address = '', port = '', sources = 'one', rate = '', duration = ''] = process.argv.slice(2);
const slots = arena(SLOTS * SLOT);
const target = arena(SOCKADDR_IN);
const timeout = arena(16);
const messages = new MessageVector(SLOTS);

/** IPv4 (RFC 791; length, id and checksum are the kernel's, raw(7)) and UDP (RFC 768; without a checksum). */
async function prepare(): Promise<void> {
  const primitives = await loadSodium();
  const receiver = mac1Key(primitives, new Uint8Array(Buffer.from(key, 'base64')));
  const record = addressRecord(address, Number(port));
  target.bytes.set(record.subarray(0, SOCKADDR_IN));
  const { bytes, view } = slots;
  for (let slot = 0; slot < SLOTS; slot++) {
    const at = slot * SLOT;
    bytes.set([0x45], at);
    bytes.set([64, IPPROTO_UDP], at + 8);
    bytes.set(record.subarray(4, 8), at + 16);
    view.setUint16(at + IP + 2, Number(port));
    view.setUint16(at + IP + 4, UDP + INITIATION_SIZE);
    const initiation = new Uint8Array(randomBytes(INITIATION_SIZE));
    initiation.set([1, 0, 0, 0]);
    initiation.fill(0, INITIATION_MAC1);
    initiation.set(mac1(primitives, receiver, initiation, INITIATION_MAC1), INITIATION_MAC1);
    bytes.set(initiation, at + IP + UDP);
    messages.put(0, target.address, SOCKADDR_IN, slots.address + at, PACKET, 0);
  }
}

/** Writes the source of the `n`th datagram. */
function setSource(slot: number, n: number, kind: Sources): void {
  const at = slot * SLOT;
  const chance = Math.floor(Math.random() * 2 ** 23);
  slots.view.setUint32(at + 12, kind === 'forged' ? 0x0a800000 + chance : OWN);
  slots.view.setUint16(at + IP, kind === 'one' ? 5000 : 1024 + (n % 60_000));
}

function pause(ms: number): void {
  timeout.view.setBigInt64(8, BigInt(Math.round(ms * 1e6)), true);
  ppoll(0, 0, timeout.address);
}

await prepare();
const fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
if (fd < 0) throw new Error(`no raw socket: errno ${-fd}`);
const start = performance.now();
let sent = 0;
for (let now = start; now - start < Number(duration); now = performance.now()) {
  const due = Math.min(SLOTS, Math.floor(((now - start) * Number(rate)) / 1000) - sent);
  for (let slot = 0; slot < due; slot++) setSource(slot, sent + slot, sources as Sources);
  const count = due > 0 ? sendmmsg(fd, messages.addressOf(0), due, 0) : 0;
  if (count > 0) sent += count;
  pause(1);
}
process.stdout.write(JSON.stringify({ sent }));
process.exit(0);
