/** What a finished handshake hands to the data path. */
export interface SessionKeys {
  /** Index of the peer in the lane's peer table. */
  peer: number;
  /** Receiver index that the peer puts into datagrams to us; a positive 31-bit number of our choice. */
  localIndex: number;
  /** Receiver index that we put into datagrams to the peer (any u32). */
  remoteIndex: number;
  /** 32 bytes each. The receiver wipes them once they are set up. */
  sendKey: Uint8Array;
  receiveKey: Uint8Array;
  /**
   * The initiator may send at once (the response confirmed the peer); the responder keeps the keys as
   * *next* until the first datagram under them proves that the initiator has them.
   */
  initiator: boolean;
}
