/** What is debugged: lines of level debug in the log, and for shells with `terminal monitor`. Plain data. */

export const DEBUG_TOPICS = ['handshake', 'links', 'failover', 'mtu', 'switch'] as const;
export type DebugTopic = (typeof DEBUG_TOPICS)[number];

/** A row of `show debugging`; only topics that are on. */
export interface DebugStatus {
  topic: DebugTopic;
  /** The only peers, by name; empty: all. */
  peers: string[];
  /** Lines that were written, and that were not since there were too many, since it was switched on. */
  lines: number;
  suppressed: number;
}

export interface Debugging {
  /** Switches a topic on, for one peer more or (null) for all. */
  on(topic: DebugTopic, peer: string | null): void;
  /** Switches a topic off, for one peer or (null) altogether. */
  off(topic: DebugTopic, peer: string | null): void;
  status(): DebugStatus[];
}
