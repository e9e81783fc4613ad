/**
 * Arenas and counters for the lanes of a test process, used again from host to host: making one anew
 * costs more than a simulated second. What an earlier user left behind stays in them, as a lane must
 * not rely on clean memory; only endpoints and counters begin empty, as they do in the daemon.
 */
import { type Arena, arenaOver } from '../../src/core/arena.js';
import { COUNTERS_LENGTH } from '../../src/core/counters.js';
import { ARENA_SIZE, PEER_ADDRESS_AT, RESEND_SIZE } from '../../src/core/layout.js';
import { ADDRESS_STRIDE, LINKS, MAX_PEERS } from '../../src/core/limits.js';

export interface LaneMemory {
  readonly arena: Arena;
  readonly counters: Float64Array;
}

const idle: LaneMemory[] = [];

export function takeMemory(): LaneMemory {
  const memory = idle.pop();
  if (memory === undefined) {
    return {
      arena: arenaOver(new ArrayBuffer(ARENA_SIZE + RESEND_SIZE / 4)),
      counters: new Float64Array(COUNTERS_LENGTH),
    };
  }
  memory.arena.bytes.fill(0, PEER_ADDRESS_AT, PEER_ADDRESS_AT + MAX_PEERS * LINKS * ADDRESS_STRIDE);
  memory.counters.fill(0);
  return memory;
}

export function giveBack(memory: LaneMemory): void {
  idle.push(memory);
}
