/** Sessions as `show sessions` lists them, and their end by hand. */
import type { Config } from '../config/model.js';
import { EngineError } from '../control/engine.js';
import type { SessionStatus } from '../control/sessions.js';
import { PEER, peerBlock } from '../core/counters.js';
import type { HandshakeStatus } from '../core/session/handshake-status.js';
import type { HandshakeDriver } from './handshake-driver.js';
import type { LaneClient } from './lane-client.js';

export interface SessionParts {
  readonly lane: LaneClient;
  readonly handshakes: HandshakeDriver;
  readonly running: () => Config;
  /** Index of a peer in the lane, null when it does not take part. */
  readonly indexOf: (peer: string) => number | null;
}

export class Sessions {
  constructor(private readonly parts: SessionParts) {}

  /** One row for each peer, in the order of the configuration. */
  list(): SessionStatus[] {
    const { lane, handshakes, running, indexOf } = this.parts;
    const now = performance.now();
    return [...(running().interface?.peers.values() ?? [])].map(({ name, id }) => {
      const index = indexOf(name);
      const status = index === null ? null : handshakes.machine.status(index, now);
      const count = index === null ? 0 : (lane.counters[peerBlock(index) + PEER.handshakes] ?? 0);
      return rowOf(name, id, status, count);
    });
  }

  /**
   * Ends the session with one peer or (null) all; another is made at once. What is on its way meanwhile is lost.
   * @throws EngineError when the peer takes no part
   */
  clear(peer: string | null): void {
    const { lane, handshakes, running, indexOf } = this.parts;
    const names = peer === null ? [...(running().interface?.peers.keys() ?? [])] : [peer];
    for (const name of names) {
      const index = indexOf(name);
      if (index === null && peer !== null)
        throw new EngineError(`peer ${name} takes no part: it is shut down, or a key or the host id is missing`);
      if (index === null) continue;
      lane.post({ type: 'drop-session', peer: index });
      handshakes.machine.restart(index);
      handshakes.machine.connect(index, performance.now());
    }
    handshakes.schedule();
  }
}

function rowOf(peer: string, id: number, status: HandshakeStatus | null, handshakes: number): SessionStatus {
  const current = status?.current ?? null;
  const rekeyIn = current?.rekeyIn ?? null;
  return {
    peer,
    id,
    state: status === null ? 'off' : current !== null ? 'established' : status.trying ? 'connecting' : 'idle',
    role: current === null ? null : current.initiator ? 'initiator' : 'responder',
    ageMs: current && Math.round(current.age),
    rekeyInMs: rekeyIn === null ? null : Math.round(rekeyIn),
    expiresInMs: current && Math.round(current.expiresIn),
    held: status?.held ?? 0,
    handshakes,
    tries: status?.tries ?? 0,
  };
}
