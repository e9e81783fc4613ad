/** What is to be seen of the handshakes with one peer, for people. */
import { REJECT_AFTER } from './handshake-timing.js';
import type { PeerHandshake } from './peer-handshake.js';

/** Times are milliseconds from now. */
export interface HandshakeStatus {
  /** A handshake is tried, or will be without anybody asking. */
  readonly trying: boolean;
  readonly tries: number;
  /** Sessions that still count, at most four. */
  readonly held: number;
  /** The one that is sent under. */
  readonly current: {
    readonly initiator: boolean;
    readonly age: number;
    readonly expiresIn: number;
    /** Null: the peer is to make the next one. */
    readonly rekeyIn: number | null;
  } | null;
}

export function statusOf(state: PeerHandshake, now: number): HandshakeStatus {
  const { current } = state.sessions;
  const rekeyIn = Number.isFinite(state.rekeyAt) ? Math.max(0, state.rekeyAt - now) : null;
  return {
    trying: state.pending !== null || Number.isFinite(state.attemptAt),
    tries: state.tries,
    held: state.sessions.all().length,
    current: current && {
      initiator: current.initiator,
      age: now - current.establishedAt,
      expiresIn: Math.max(0, current.establishedAt + REJECT_AFTER - now),
      rekeyIn,
    },
  };
}
