import { AF_UNSPEC, NLM_F_DUMP, NLM_F_REQUEST, RTM_GETADDR, RTM_GETLINK } from './constants.js';
import { InterfaceTable } from './interface-table.js';
import { encodeAddress, encodeLink } from './messages.js';
import type { NetlinkSocket, Outcome } from './socket.js';

/**
 * Asks the kernel for all its interfaces and addresses. Notifications that arrive meanwhile on the
 * same socket are newer than what was dumped before them, and go into the table in their turn.
 * @returns the table, or how the request failed.
 */
export function dumpInterfaces(socket: NetlinkSocket): InterfaceTable | Outcome {
  const table = new InterfaceTable();
  const flags = NLM_F_REQUEST | NLM_F_DUMP;
  for (const ask of [
    (seq: number) => encodeLink({ type: RTM_GETLINK, flags, seq, pid: 0 }, { family: AF_UNSPEC }),
    (seq: number) => encodeAddress({ type: RTM_GETADDR, flags, seq, pid: 0 }, { family: AF_UNSPEC }),
  ]) {
    const outcome = socket.request(ask, (message) => table.apply(message));
    if (outcome.errno !== 0 || outcome.interrupted) return outcome;
  }
  return table;
}
