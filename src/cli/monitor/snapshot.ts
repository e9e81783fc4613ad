/** What the live screen is given: asked of the daemon in one go. */
import { hostname } from 'node:os';
import type { Engine } from '../../control/engine.js';
import type { Snapshot } from '../../control/snapshot.js';
import { SNAPSHOT_ROWS } from '../../control/snapshot.js';
import type { Journal } from '../../log/journal.js';
import { eventLine } from '../../log/line.js';

export async function snapshotOf(engine: Engine, journal: Journal): Promise<Snapshot> {
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
    log: journal.last(SNAPSHOT_ROWS).map(eventLine),
  };
}
