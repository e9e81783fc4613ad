/** What is said when a capture is over. */
import type { CaptureEnd, CaptureResult } from '../../control/capture.js';

const ENDS: Readonly<Record<CaptureEnd, string>> = {
  count: '',
  seconds: '',
  stopped: '',
  changed: ': the peer takes part no more',
  closing: ': the daemon ends',
};

/** @param to the file, `-` for standard output, or null */
export function captureText({ packets, dropped, end }: CaptureResult, to: string | null): string {
  const place = to === null || to === '-' ? '' : ` to ${to}`;
  const lost = dropped === 0 ? '0 dropped' : `${dropped} dropped: the shell did not keep up (a smaller snaplen helps)`;
  return `${packets} packets captured${place}, ${lost}${ENDS[end]}`;
}
