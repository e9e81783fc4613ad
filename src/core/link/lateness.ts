/**
 * Whether a link has become much longer than another of its peer. It is up then, and its pongs would take a doubt back;
 * but what it carries alone would come as late as they do, after a gap that no loss explains. So the doubt stays for a
 * few pongs, while others carry beside it; and if it goes on like that, policy passive passes the link over where it
 * has an equal, until it has been as short as that for a while. Times are milliseconds.
 */

/** By so much a pong must be later than on the fastest other link: more than the queue of a link that is only full. */
const MUCH = 100;
/** Late pongs in a row that a doubt outlasts. */
const MOST_LATE = 10;
/** Time without a late pong after which a link is not longer any more. */
const CALM = 30_000;

export class Lateness {
  /** Policy passive prefers an equal that is not. */
  longer = false;
  private lateInRow = 0;
  private lateAt = Number.NEGATIVE_INFINITY;

  /**
   * A pong of a link in doubt. @returns true when it is too late to take the doubt back
   * @param time round trip of its ping
   * @param usual what would have been on time before the doubt
   * @param fastest the last round trip on the fastest of the sound other links; Infinity: there is none
   */
  outlasts(time: number, usual: number, fastest: number, now: number): boolean {
    if (!isLate(time, usual, fastest)) {
      this.lateInRow = 0;
      return false;
    }
    this.lateInRow += 1;
    if (this.lateInRow < MOST_LATE) return true;
    this.note(now);
    return false;
  }

  /** The pong that brings a link up which was down; `usual` as before its last doubt, 0: there was none. */
  risen(time: number, usual: number, fastest: number, now: number): void {
    if (usual > 0 && isLate(time, usual, fastest)) this.note(now);
  }

  /** A pong of a link without a doubt. */
  pong(time: number, fastest: number, now: number): void {
    if (!this.longer) return;
    if (isLate(time, 0, fastest)) this.lateAt = now;
    else if (now - this.lateAt >= CALM) this.longer = false;
  }

  private note(now: number): void {
    this.longer = true;
    this.lateAt = now;
    this.lateInRow = 0;
  }
}

function isLate(time: number, usual: number, fastest: number): boolean {
  return time > usual && time > fastest + MUCH;
}
