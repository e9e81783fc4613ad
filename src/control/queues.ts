/** How much waits in the daemon and in its sockets at this moment. */

/** Of one peer that takes part. */
export interface PeerQueues {
  peer: string;
  /** Frames that wait for a session with it. */
  waitingFrames: number;
  /** Memory that holds what was sent to it and is not acknowledged yet; and most of that, as configured. */
  resendBytes: number;
  resendLimitBytes: number;
  /** Datagrams of it that wait for what it sent before them. */
  earlyDatagrams: number;
  /** Frames of it of which pieces are missing. */
  incompleteFrames: number;
}

/** Of one local link's socket, in bytes of the kernel's memory, its own overhead included. */
export interface SocketQueues {
  link: number;
  transmitBytes: number;
  /** What may wait: some 40 ms of what the device was seen to drain. */
  transmitLimitBytes: number;
  receiveBytes: number;
  receiveLimitBytes: number;
}

export interface QueueStatus {
  macAddresses: number;
  peers: PeerQueues[];
  sockets: SocketQueues[];
}
