/**
 * Keeps the cores of the machine from being idle while gaps of milliseconds are measured. A virtual machine gives a core
 * without work back to its host, and gets it 2 to 11 ms late: what waits there is not what is measured. (With
 * it, a thread that wants to run each millisecond does so within 2.2 ms on the same machine.)
 */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Lab } from './namespaces.js';

const PROGRAM = fileURLToPath(new URL('./awake-program.js', import.meta.url));

/** One program a core, which takes what nobody else wants (SCHED_IDLE); they end with the lab. */
export function keepAwake(lab: Lab): void {
  for (let core = 0; core < availableParallelism(); core++) {
    const where = ['taskset', '--cpu-list', String(core)];
    lab.spawn(null, [...where, 'chrt', '--idle', '0', process.execPath, PROGRAM]);
  }
}
