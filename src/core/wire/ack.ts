/**
 * Acknowledgements, kind 5: which datagrams of a session have come, as a bitmap.
 *
 *     0 kind   1 words   2 zero u16   4 session u32   8 first u32   12 bitmap, `words` times u32
 *
 * `session` is the receiver index of the datagrams that are acknowledged: those of the present session or,
 * after a rekey, of the one before. Bit n of the bitmap stands for the counter first + n; `first` is a
 * multiple of 32. A bit that is not set, or a counter outside, says nothing: acknowledgements get lost and
 * overtake each other, so each stands by itself and none takes back another.
 */
import type { Arena } from '../arena.js';
import type { ReplayWindow } from '../crypto/replay-window.js';
import { KIND_ACK, REJECT_AFTER_DATAGRAMS } from './transport.js';

/** Most words of a bitmap: 3,072 datagrams. It fits the smallest MTU. */
export const MAX_ACK_WORDS = 96;

const WORDS = 1;
const SESSION = 4;
const FIRST = 8;
const BITMAP = 12;

/** Writes what `window` has of the words `from` to `to` (both counted; 32 counters each) and returns the length. */
// HOT PATH
export function writeAck(
  view: DataView,
  at: number,
  session: number,
  window: ReplayWindow,
  from: number,
  to: number,
): number {
  const words = to - from + 1;
  view.setUint8(at, KIND_ACK);
  view.setUint8(at + WORDS, words);
  view.setInt16(at + 2, 0);
  view.setInt32(at + SESSION, session, true);
  view.setInt32(at + FIRST, from * 32, true);
  for (let word = 0; word < words; word++) view.setInt32(at + BITMAP + word * 4, window.wordAt(from + word), true);
  return BITMAP + words * 4;
}

/** Whether the plaintext of `length` bytes at `at` is an acknowledgement. */
// HOT PATH
export function ackIsValid({ bytes, view }: Arena, at: number, length: number): boolean {
  if (length < BITMAP) return false;
  const words = bytes[at + WORDS]!;
  const first = view.getInt32(at + FIRST, true);
  if (words === 0 || words > MAX_ACK_WORDS || length !== BITMAP + words * 4) return false;
  return first >= 0 && (first & 31) === 0 && first + words * 32 <= REJECT_AFTER_DATAGRAMS;
}

/** The session it speaks of: the receiver index that we put into its datagrams, as a signed number. */
// HOT PATH
export function ackSession(view: DataView, at: number): number {
  return view.getInt32(at + SESSION, true);
}

/** First counter of its bitmap. */
// HOT PATH
export function ackFirst(view: DataView, at: number): number {
  return view.getInt32(at + FIRST, true);
}

/** The counter behind its bitmap. */
// HOT PATH
export function ackEnd(view: DataView, at: number): number {
  return view.getInt32(at + FIRST, true) + view.getUint8(at + WORDS) * 32;
}

/** A bit for each of the 32 counters from `counter` on that have come. */
// HOT PATH
export function ackBits(view: DataView, at: number, counter: number): number {
  const from = counter - view.getInt32(at + FIRST, true);
  const word = from >> 5;
  const shift = from & 31;
  const low = ackWord(view, at, word);
  return shift === 0 ? low : (low >>> shift) | (ackWord(view, at, word + 1) << (32 - shift));
}

// HOT PATH
function ackWord(view: DataView, at: number, word: number): number {
  return word < 0 || word >= view.getUint8(at + WORDS) ? 0 : view.getInt32(at + BITMAP + word * 4, true);
}
