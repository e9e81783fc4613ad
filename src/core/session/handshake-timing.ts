/** The times of the handshake in milliseconds. Part of the protocol: both ends count on the other's. */

/** Pauses after the first, second … try; then RETRY. All of them vary by JITTER either way. */
export const FIRST_RETRIES = [250, 500, 1000, 2000];
export const RETRY = 5000;
export const JITTER = 0.2;

/** An initiation is sent again as it is while it is younger than this; then a new one is made. */
export const INITIATION_LIFE = 3000;
/** How long a response is kept for further copies of its initiation. Longer than INITIATION_LIFE. */
export const RESPONSE_LIFE = 5000;

/** Both ends open: so many tries the host with the lower id insists on its own initiation … */
export const INSISTING_TRIES = 3;
/** … and sends it again when it sees the other's, but not more often than this. */
export const SIGHT_INTERVAL = 100;
/** Who answered instead of opening tries again after this, unless the session was used (lower id, higher id). */
export const UNUSED_LOWER = 1000;
export const UNUSED_HIGHER = 2000;

/** Age of a session at which its initiator makes a new one; up to REKEY_JITTER of it earlier. */
export const REKEY_AFTER = 120_000;
export const REKEY_JITTER = 0.05;
/** Age at which the responder does, should the initiator not have. */
export const REKEY_RESPONDER_AFTER = 130_000;
/** A session is not followed by another before this age: what is late on its way still counts on the one before it. */
export const SETTLE = 500;
/** When keys change, the new sessions with all peers are spread over so much time for each, and so much at most. */
export const RENEW_SPREAD = 20;
export const RENEW_SPREAD_MOST = 10_000;
/** Age at which a key is refused. */
export const REJECT_AFTER = 180_000;
