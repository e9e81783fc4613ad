/** A capture for the tests of the command line: a packet whenever it is asked, until it is stopped or `count` is reached. */
import type { Capture, CaptureOptions, CaptureResult } from '../../src/control/capture.js';

export class CaptureDouble implements Capture {
  stopped = false;
  private packets = 0;

  constructor(readonly options: CaptureOptions) {}

  async next(): Promise<Uint8Array | null> {
    if (this.stopped || this.packets === this.options.count) return null;
    await new Promise((resolve) => setTimeout(resolve, 5));
    this.packets += 1;
    return Buffer.from(`packet ${this.packets}\n`);
  }

  stop(): void {
    this.stopped = true;
  }

  result(): CaptureResult {
    return { packets: this.packets, dropped: 0, end: this.stopped ? 'stopped' : 'count' };
  }
}
