/** For programs that measure: what else a machine does must not be taken for what the network does. */
import { callingThread } from '../src/io/scheduling.js';

/** Makes the calling thread a real-time one, as the daemon's lane is; not those that V8 has for itself. */
export function goEarly(): void {
  callingThread(-10).setRealtime(true);
}
