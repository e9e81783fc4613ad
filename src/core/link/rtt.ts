/**
 * Round-trip time as RFC 6298 keeps it: smoothed mean and mean deviation, in milliseconds, with the
 * gains 1/8 and 1/4. The deviation is what `show links` calls jitter.
 */
export class RttEstimator {
  /** -1 before the first sample. */
  srtt = -1;
  rttvar = 0;

  sample(rtt: number): void {
    if (this.srtt < 0) {
      this.srtt = rtt;
      this.rttvar = rtt / 2;
      return;
    }
    this.rttvar += (Math.abs(this.srtt - rtt) - this.rttvar) / 4;
    this.srtt += (rtt - this.srtt) / 8;
  }
}
