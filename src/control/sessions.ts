/** What the command line asks of a daemon about sessions, and what it answers: plain data. */

/** The session with one peer. The shape of `show sessions | json`. */
export interface SessionStatus {
  peer: string;
  /** The peer's host id. */
  id: number;
  /**
   * `established`: there are keys; `connecting`: a handshake is tried; `idle`: none is, for no link can be used or
   * the peer is to begin; `off`: the peer takes no part, since it is shut down or a key or the host id is missing.
   */
  state: 'established' | 'connecting' | 'idle' | 'off';
  /** This host's part in the handshake; null without a session. */
  role: 'initiator' | 'responder' | null;
  /** Milliseconds since the handshake, until this host will make the next one, and until the keys are refused. */
  ageMs: number | null;
  rekeyInMs: number | null;
  expiresInMs: number | null;
  /** Sessions whose keys still open what comes, 0 to 4: while one follows the other, there are several. */
  held: number;
  /** Handshakes that were finished. */
  handshakes: number;
  /** Tries since the peer answered last. */
  tries: number;
}
