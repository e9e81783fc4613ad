/** What the live screen and the status page are given: asked of the daemon in one go. */
import { hostname } from 'node:os';
import type { Engine } from '../../control/engine.js';
import type { Moment, Snapshot } from '../../control/snapshot.js';
import { SNAPSHOT_ROWS } from '../../control/snapshot.js';
import type { Journal } from '../../log/journal.js';
import { eventLine } from '../../log/line.js';

export async function momentOf(engine: Engine): Promise<Moment> {
  const links = await engine.links();
  const { pid, uptimeSeconds } = engine.version();
  return {
    time: new Date().toISOString(),
    hostname: engine.running().hostname ?? hostname(),
    pid,
    uptimeSeconds,
    at: performance.now(),
    interface: engine.interface(),
    peers: engine.peers(),
    links,
    failovers: engine.failovers().slice(-SNAPSHOT_ROWS),
  };
}

export async function snapshotOf(engine: Engine, journal: Journal): Promise<Snapshot> {
  return { ...(await momentOf(engine)), log: journal.last(SNAPSHOT_ROWS).map(eventLine) };
}
