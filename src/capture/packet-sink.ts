/** What becomes of captured packets: bytes to be fetched piece by piece. */
import type { Endpoint } from './outer.js';
import type { Captured } from './record.js';

/** What is captured: the interface with this name, or the links with these local endpoints. */
export interface Subject {
  readonly name: string;
  /** By link number; empty: frames of the interface. */
  readonly links: ReadonlyMap<number, Endpoint>;
}

export interface PacketSink {
  /** Bytes that wait to be taken. */
  readonly size: number;
  add(packet: Captured, peer: string | null): void;
  /** Nothing more comes. Times in milliseconds by the lane's clock. */
  end(from: number, to: number, packets: number, dropped: number): void;
  /** Takes what waits. */
  take(): Uint8Array;
}

/** Pieces on their way; bounded by who stops adding when `size` is large. */
export class Pieces {
  private parts: Uint8Array[] = [];
  size = 0;

  add(part: Uint8Array): void {
    this.parts.push(part);
    this.size += part.length;
  }

  take(): Uint8Array {
    const all = this.parts.length === 1 ? (this.parts[0] as Uint8Array) : Buffer.concat(this.parts, this.size);
    this.parts = [];
    this.size = 0;
    return all;
  }
}

/** The other end of a datagram, from its address record (core/wire/address.ts). */
export function endpointOf(record: Uint8Array): Endpoint {
  const port = ((record[2] ?? 0) << 8) | (record[3] ?? 0);
  return { bytes: record[0] === AF_INET6 ? record.subarray(8, 24) : record.subarray(4, 8), port };
}

const AF_INET6 = 10;
