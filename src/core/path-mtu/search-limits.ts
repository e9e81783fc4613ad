/** Times, in milliseconds, and bounds of the search for a path MTU. */

/** Between confirmations; each also looks whether more passes by now. */
export const PERIOD = 60_000;
/** Between two confirmations because of doubts, at least. */
export const DOUBT_PAUSE = 500;
/**
 * For how long a doubt lasts at most: until it is clear whether the path swallows anything, and until what passes is
 * known. That others carry beside the link costs twice the traffic, and where much is lost for want of
 * room, that must not go on.
 */
export const LONGEST_DOUBT = 500;
export const LONGEST_SEARCH = 2000;
/** Least milliseconds beyond the usual round-trip time, and beyond the companion's answer. */
export const PATIENCE = 20;
export const AFTER_COMPANION = 10;
/** Before the first round-trip time is known. */
export const UNKNOWN_RTT = 100;
/** A tick is late when it comes this much after its time; so many in a row are excused. */
export const LATE = 10;
export const MAX_VETOES = 3;
/** Least tries of a size, and how probable it may be that a size that passes was lost in each. */
export const LEAST_TRIES = 3;
export const RESIDUE = 1e-4;
/** Of so many companions at most it is remembered how many were answered. */
export const MEMORY = 64;
/** Probes of one run; where they don't do, what was found so far holds until the next. */
export const MOST_PROBES = 200;
/** Companions in a row without an answer after which a run is put off, and until when. */
export const MOST_BLANKS = 8;
export const BLANK_PAUSE = 1000;
export const LONGEST_PATIENCE = 1000;
/** Milliseconds until a probe that had no room is tried again. */
export const NO_ROOM_PAUSE = 5;
/** Probes whose sizes are remembered, for answers that come late. */
export const REMEMBERED = 16;
