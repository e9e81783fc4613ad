/**
 * Loss of one direction of a link, from two running counts of the same datagrams: how many the sender
 * sent, how many the receiver got. A sample is taken once enough were sent since the last one, and
 * smoothed with gain 1/4. Counts are u32 and wrap.
 */
const ENOUGH = 20;

export class LossEstimator {
  /** Share lost, 0 to 1, or -1 while unknown. */
  loss = -1;
  private sentBase = 0;
  private receivedBase = 0;
  private based = false;

  /** Both counts as of the same datagram. True: they gave a new sample. */
  update(sent: number, received: number): boolean {
    if (!this.based) {
      this.rebase(sent, received);
      return false;
    }
    const sentNow = (sent - this.sentBase) >>> 0;
    if (sentNow < ENOUGH) return false;
    const receivedNow = (received - this.receivedBase) >>> 0;
    this.rebase(sent, received);
    if (sentNow > 0x7fff_ffff || receivedNow > 0x7fff_ffff) return false; // a count went back: the peer restarted
    const sample = Math.max(0, 1 - receivedNow / sentNow);
    this.loss = this.loss < 0 ? sample : this.loss + (sample - this.loss) / 4;
    return true;
  }

  private rebase(sent: number, received: number): void {
    this.sentBase = sent;
    this.receivedBase = received;
    this.based = true;
  }
}
