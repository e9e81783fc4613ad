/**
 * The answer that the status page asks for again and again: of what `show … | json` tells, the columns that the page
 * shows, in the order of the configuration. Names stand once, and each row is a list, for there may be 2,000 links.
 */
import { failoversData } from '../cli/show/failovers.js';
import { interfaceData } from '../cli/show/interface.js';
import type { Engine, LinkStatus, PeerStatus } from '../control/engine.js';
import type { Moment } from '../control/snapshot.js';

const PEER_COLUMNS = [
  'peer',
  'id',
  'state',
  'policy',
  'description',
  'sessionAgeMs',
  'linksUp',
  'linksTotal',
  'txBytes',
  'rxBytes',
  'resent',
  'resendLost',
  'failovers',
] as const satisfies readonly (keyof PeerStatus)[];

const LINK_COLUMNS = [
  'peer',
  'link',
  'description',
  'state',
  'sinceMs',
  'lastDownCause',
  'downs',
  'rttMs',
  'lossTx',
  'lossRx',
  'localAddress',
  'remoteAddress',
  'txBytes',
  'rxBytes',
] as const satisfies readonly (keyof LinkStatus)[];

/** Rows whose values stand in the order of the columns. */
interface Columns {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

/** JSON of one moment. */
export function statusBody(engine: Engine, moment: Moment): string {
  const { time, at, pid, hostname } = moment;
  // Of `show version` no more than is shown: whoever reaches the address may read it.
  const { version, uptimeSeconds } = engine.version();
  return JSON.stringify({
    time,
    at: rounded(at),
    pid,
    hostname,
    network: engine.running().network,
    version,
    uptimeSeconds,
    interface: interfaceData(moment.interface),
    peers: table(moment.peers, PEER_COLUMNS),
    links: table(moment.links, LINK_COLUMNS),
    failovers: failoversData(moment.failovers, null),
  });
}

function table<Row, Column extends keyof Row & string>(rows: readonly Row[], columns: readonly Column[]): Columns {
  return { columns, rows: rows.map((row) => columns.map((column) => rounded(row[column]))) };
}

/** Numbers with four digits behind the point: more is noise, and most of the bytes. */
export function rounded(value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value * 10_000) / 10_000 : value;
}
