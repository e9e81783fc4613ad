/** What waits in the double of a daemon: nowhere the same. */
import type { QueueStatus } from '../../src/control/queues.js';

export const QUEUES: QueueStatus = {
  macAddresses: 2,
  peers: [
    {
      peer: 'h2',
      waitingFrames: 3,
      resendBytes: 131_072,
      resendLimitBytes: 16_777_216,
      earlyDatagrams: 4,
      incompleteFrames: 5,
    },
  ],
  sockets: [
    { link: 0, transmitBytes: 768, transmitLimitBytes: 131_072, receiveBytes: 1280, receiveLimitBytes: 16_777_217 },
  ],
};
