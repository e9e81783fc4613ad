/**
 * Where in a table of buckets the sender of a datagram has its place, by its address record. Two senders may
 * share a place; who doesn't know the seed can't choose whose place to share.
 */
import { TABLE, tabulation } from '../tabulation.js';
import { endpointBegin, endpointEnd, sourceBegin, sourceEnd } from '../wire/address.js';

/** Bytes of a link's number, a port, and the rest of an IPv6 endpoint. */
const PLACES = 1 + 22;

export class SourceHash {
  private readonly tables: Int32Array;

  /** @param seed a secret random u32 */
  constructor(seed: number) {
    this.tables = tabulation(seed, PLACES);
  }

  /** Of the sender's address without its port, an IPv6 one by its first 64 bits: 0 to 2^31 - 1. */
  // HOT PATH
  source(bytes: Uint8Array, at: number): number {
    return this.sum(bytes, sourceBegin(bytes, at), sourceEnd(bytes, at), 0);
  }

  /** Of address and port, as seen on a link. */
  // HOT PATH
  endpoint(link: number, bytes: Uint8Array, at: number): number {
    return this.sum(bytes, endpointBegin(at), endpointEnd(bytes, at), this.tables[link]!);
  }

  // HOT PATH
  private sum(bytes: Uint8Array, from: number, to: number, first: number): number {
    let hash = first;
    for (let i = from, table = TABLE; i < to; i++, table += TABLE) hash ^= this.tables[table + bytes[i]!]!;
    return hash & 0x7fffffff; // a small integer
  }
}
