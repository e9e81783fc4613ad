/** For programs that measure: what else a machine does must not be taken for what the network does. */
import { callingThread, type Thread } from '../src/io/scheduling.js';

/**
 * The calling thread, which can be a real-time one as the daemon's lane is; not those that V8 has for itself. A program
 * that waits in Node's event loop must not be: idle, it waits for V8's threads turn by turn
 * without a pause, and two such programs let nothing else run on two cores for a second.
 */
export function earlyThread(): Thread {
  return callingThread(-10);
}
