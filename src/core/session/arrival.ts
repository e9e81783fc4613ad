/** A datagram on its way through the handshake machine. */
export interface Arrival {
  readonly link: number;
  readonly bytes: Uint8Array;
  /** The record of its source. */
  readonly address: Uint8Array;
  readonly now: number;
  /** Its mac1, once that was found good: the name of these very bytes. */
  mac: string;
  /** The peer that it is from, once that is known. */
  peer: number | null;
}
