/**
 * Round-trip time as RFC 6298 keeps it: smoothed mean and mean deviation, in milliseconds, with the
 * gains 1/8 and 1/4. The deviation is what `show links` calls jitter.
 *
 * One thing is not in the RFC: a path that has become much shorter is believed soon. Else a link that was 300 ms long for
 * a while would be given hundreds of milliseconds before it is doubted for seconds after that.
 */

/** Below this share of the mean a sample is much shorter; so many in a row begin the mean anew. */
const MUCH_SHORTER = 1 / 4;
const ENOUGH = 3;

export class RttEstimator {
  /** -1 before the first sample. */
  srtt = -1;
  rttvar = 0;
  private shorter = 0;

  sample(rtt: number): void {
    this.shorter = rtt < this.srtt * MUCH_SHORTER ? this.shorter + 1 : 0;
    if (this.srtt < 0 || this.shorter === ENOUGH) {
      this.shorter = 0;
      this.srtt = rtt;
      this.rttvar = rtt / 2;
      return;
    }
    this.rttvar += (Math.abs(this.srtt - rtt) - this.rttvar) / 4;
    this.srtt += (rtt - this.srtt) / 8;
  }
}
