/** How the log of the double stands. */
import type { LoggingStatus } from '../../src/log/logging.js';

export const LOGGING: LoggingStatus = {
  destination: 'file',
  file: '/var/log/sennit/sennit.log',
  format: 'logfmt',
  level: 'info',
  lines: 1234,
  belowLevel: 56,
  suppressed: 7,
  lost: 0,
  error: null,
  suppressedEvents: [{ event: 'link-down', lines: 7 }],
};
