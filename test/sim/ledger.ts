/**
 * The book of all frames: what was sent where, what came out of which TAP, and whether anything did
 * that must not: twice, changed, unknown, to the wrong network, or back to its sender.
 *
 * A test frame is an Ethernet frame of an experimental EtherType: behind the header sender, serial
 * number and length, then bytes that follow from these.
 */
import { Random } from './random.js';
import { room } from './slab.js';

const HEADER = 14;
const BODY = HEADER + 12;
const SMALLEST_FRAME = BODY;
const EXPERIMENTAL = 0x88b5;
export const BROADCAST = 'broadcast';

export interface SentFrame {
  readonly serial: number;
  readonly from: number;
  /** Host number, or 'broadcast'. */
  readonly to: number | typeof BROADCAST;
  readonly network: string;
  readonly at: number;
  readonly bytes: Uint8Array;
  /** Time of arrival by host. */
  readonly arrivals: Map<number, number>;
}

export class Ledger {
  readonly frames: SentFrame[] = [];
  /** What must not have happened. */
  readonly violations: string[] = [];

  /** A frame of `size` bytes (Ethernet header included), entered as sent. */
  make(from: number, to: SentFrame['to'], network: string, size: number, now: number): SentFrame {
    const serial = this.frames.length;
    const bytes = room(Math.max(size, SMALLEST_FRAME)).fill(0);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if (to === BROADCAST) bytes.fill(0xff, 0, 6);
    else writeMac(bytes, 0, to);
    writeMac(bytes, 6, from);
    view.setUint16(12, EXPERIMENTAL);
    view.setUint32(HEADER, serial);
    view.setUint32(HEADER + 4, bytes.length);
    const filler = new Random(serial);
    for (let i = BODY; i + 4 <= bytes.length; i += 4) view.setUint32(i, filler.word());
    const frame = { serial, from, to, network, at: now, bytes, arrivals: new Map() };
    this.frames.push(frame);
    return frame;
  }

  /** A frame came out of the TAP of `host`, its virtio-net header taken off. */
  arrived(host: number, network: string, bytes: Uint8Array, now: number): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const frame = bytes.length < BODY ? undefined : this.frames[view.getUint32(HEADER)];
    if (frame === undefined) return this.complain(`host ${host} got a frame that nobody sent`, now);
    const name = `frame ${frame.serial} of host ${frame.from}`;
    if (!same(frame.bytes, bytes)) return this.complain(`${name} came to host ${host} changed`, now);
    if (frame.network !== network) this.complain(`${name} left its network ${frame.network}`, now);
    if (frame.from === host) this.complain(`${name} came back to its sender`, now);
    if (frame.arrivals.has(host)) this.complain(`${name} came to host ${host} twice`, now);
    else frame.arrivals.set(host, now);
  }

  complain(what: string, now: number): void {
    this.violations.push(`${what} (at ${now.toFixed(3)} ms)`);
  }
}

/** 02:00:00:00 and the number of the host. */
function writeMac(bytes: Uint8Array, at: number, host: number): void {
  bytes[at] = 2;
  bytes[at + 4] = host >> 8;
  bytes[at + 5] = host;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
