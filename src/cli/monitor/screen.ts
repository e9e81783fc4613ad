/**
 * The live screen as lines: a pure function of what is known and how it is looked at, at most `height` lines of at
 * most `width` characters. What a colour says a word says, too.
 */
import type { LinkState, LinkStatus, PeerStatus } from '../../control/engine.js';
import type { FailoverEntry } from '../../control/failover.js';
import type { Snapshot } from '../../control/snapshot.js';
import { duration, milliseconds, percent, short } from '../show/quantity.js';
import type { MonitorModel, PeerRow, Rates } from './model.js';
import { painted, type Span, type Style, span } from './paint.js';
import { spark } from './spark.js';
import type { View } from './view.js';

export interface ScreenOptions {
  readonly width: number;
  readonly height: number;
  readonly colour: boolean;
  readonly unicode: boolean;
  /** Why there is nothing new, or null. */
  readonly away: string | null;
}

const LEAST_WIDTH = 60;
const LEAST_HEIGHT = 12;

/** Rows of failovers and of the log, where there is room. */
const FAILOVERS = 4;
const LOG = 5;

type Row = readonly Span[];

const HELP = [
  'q  leave            p  pause            i  every 1, 2, 5, 10 s',
  's  sort by name, state, rtt, loss, rate (worst or most first)',
  'r  reverse          /  only peers whose name has what is typed',
  'Esc  all peers again      up, down, PgUp, PgDn, Home  scroll',
  '',
  'STATE  up; suspect: up, but something is late, others carry the',
  '       same beside it; probing; down; disabled',
  'LOSS   of datagrams, toward the peer / from the peer',
  'OUT IN bits per second on the links; the bars are both together,',
  '       all in the scale that stands above them',
];

const STYLES: Readonly<Record<LinkState | PeerStatus['state'], Style>> = {
  up: 'good',
  connected: 'good',
  suspect: 'warn',
  probing: 'warn',
  connecting: 'warn',
  down: 'bad',
  disabled: 'dim',
  shutdown: 'dim',
};

export function monitorScreen(model: MonitorModel, view: View, options: ScreenOptions): string[] {
  const { width, height, colour } = options;
  if (width < LEAST_WIDTH || height < LEAST_HEIGHT)
    return [`The screen is ${width}x${height};`, `${LEAST_WIDTH}x${LEAST_HEIGHT} is needed.`, "'q' leaves."].slice(
      0,
      height,
    );
  const { snapshot } = model;
  const paint = (row: Row, fill = false): string => painted(row, width, colour, fill);
  if (snapshot === null) return [paint([span(options.away ?? 'Asking the daemon …')])];
  const head = [paint(headRow(snapshot, view), true), paint(totalRow(snapshot)), noticeLine(view, options, paint)];
  const foot = paint(footRow(view), true);
  const room = height - head.length - 1;
  if (view.help)
    return [
      ...head,
      ...filled(
        HELP.map((line) => paint([span(`  ${line}`)])),
        room,
      ),
      foot,
    ];
  // Month and day: what happened today has only its time.
  const today = snapshot.time.slice(5, 10);
  const failovers = section(
    'FAILOVERS',
    snapshot.failovers.map((each) => failoverRow(each, today)),
    FAILOVERS,
  );
  const log = section(
    'LOG',
    snapshot.log.map((line) => logRow(line, today)),
    LOG,
  );
  const rows = tableRows(model, view, options);
  const below =
    room - rows.length - 1 >= 2 ? room - rows.length - 1 : Math.min(room >> 1, failovers.length + log.length);
  const bottom = bottomRows(failovers, log, Math.max(below, 0));
  const space = room - bottom.length;
  const top = Math.min(view.scroll, Math.max(0, rows.length - (space - 1)));
  const table = [tableHead(model, options), ...rows.slice(top, top + space - 1)];
  const lines = filled(
    table.map((row) => paint(row)),
    space,
  );
  return [...head, ...lines, ...bottom.map((row) => paint(row)), foot];
}

function filled(lines: readonly string[], count: number): string[] {
  return Array.from({ length: count }, (_, i) => lines[i] ?? '');
}

function headRow({ hostname, interface: tap, uptimeSeconds }: Snapshot, { interval, paused }: View): Row {
  const device = tap === null ? 'no interface' : `${tap.name} ${tap.state}, mtu ${tap.mtu ?? '-'}`;
  const pause = paused ? '  PAUSED' : '';
  return [
    span(
      ` sennit monitor  ${hostname}  ${device}  up ${duration(uptimeSeconds * 1000)}  every ${interval}s${pause}`,
      'title',
    ),
  ];
}

function totalRow({ peers, links }: Snapshot): Row {
  const connected = peers.filter(({ state }) => state === 'connected').length;
  const count = (state: LinkState): number => links.filter((link) => link.state === state).length;
  const failovers = peers.reduce((sum, peer) => sum + peer.failovers, 0);
  const lost = peers.reduce((sum, peer) => sum + peer.resendLost, 0);
  const states = (['up', 'suspect', 'probing', 'down', 'disabled'] as const)
    .filter((state) => state === 'up' || count(state) > 0)
    .flatMap((state) => [span(', '), span(`${count(state)} ${state}`, STYLES[state])]);
  return [
    span(` peers ${connected}/${peers.length} connected   links `),
    ...states.slice(1),
    span(`   failovers ${failovers}, `),
    span(`lost ${short(lost)}`, lost > 0 ? 'bad' : 'plain'),
  ];
}

function noticeLine({ filter, typing }: View, { away }: ScreenOptions, paint: (row: Row) => string): string {
  if (away !== null) return paint([span(` ${away}`, 'bad')]);
  if (typing) return paint([span(` only peers with: ${filter}_`, 'bold')]);
  return filter === '' ? '' : paint([span(` only peers with '${filter}' (Esc: all)`, 'bold')]);
}

function footRow({ sort, reverse }: View): Row {
  return [
    span(
      ` q leave  s sort: ${sort}${reverse ? ' reversed' : ''}  r reverse  / filter  p pause  i interval  ? help`,
      'title',
    ),
  ];
}

/** Widths of the columns, and where the bars begin. */
const NAME = 12;
const STATE = 9;
const RTT = 9;
const JITTER = 7;
const LOSS = 9;
const OUT = 8;
const IN = 6;
const MEASURES = NAME + STATE + RTT + JITTER + LOSS;
const BARS = MEASURES + OUT + IN + 1;

/** The highest rate of any link over what is shown: the scale of all bars. */
function highestOf(rows: readonly PeerRow[], samples: number): number {
  return Math.max(0, ...rows.map(({ rates }) => Math.max(0, ...both(rates).slice(-samples))));
}

function both(rates: Rates): number[] {
  return rates.out.map((out, i) => out + (rates.in[i] ?? 0));
}

function tableHead(model: MonitorModel, { width }: ScreenOptions): Row {
  const highest = highestOf(model.rows(), width - BARS);
  const names = 'PEER/LINK'.padEnd(NAME) + 'STATE'.padEnd(STATE);
  const measures = 'RTT ms'.padStart(RTT) + 'JITTER'.padStart(JITTER) + 'LOSS %'.padStart(LOSS);
  const scale = highest === 0 ? '' : ` to ${short(Math.round(highest))}b/s`;
  return [span(names + measures + 'OUT'.padStart(OUT) + 'IN'.padStart(IN) + scale, 'bold')];
}

function tableRows(model: MonitorModel, view: View, { width, unicode }: ScreenOptions): Row[] {
  const all = model.rows();
  const highest = highestOf(all, width - BARS);
  const bars = (rates: Rates): Span => span(` ${spark(both(rates), highest, width - BARS, unicode)}`);
  const shown = all.filter(({ peer }) => peer.peer.toLowerCase().includes(view.filter.toLowerCase()));
  return sorted(shown, view).flatMap(({ peer, rates, links }) => [
    [...peerSpans(peer), ...rateSpans(rates), bars(rates)],
    ...links.map(({ link, rates: own }) => [...linkSpans(link), ...rateSpans(own), bars(own)]),
  ]);
}

function peerSpans({ peer, state, linksUp, linksTotal, policy }: PeerStatus): Span[] {
  const name = `${peer.slice(0, MEASURES - NAME).padEnd(NAME - 1)} `;
  const rest = ` ${linksUp}/${linksTotal} ${policy}`;
  const room = MEASURES - name.length - state.length;
  return [span(name, 'bold'), span(state, STYLES[state]), span(rest.slice(0, room).padEnd(room))];
}

function linkSpans({ link, state, rttMs, jitterMs, lossTx, lossRx }: LinkStatus): Span[] {
  // What was measured last says nothing of a link that is down.
  const [rtt, jitter] = state === 'down' || state === 'disabled' ? [null, null] : [rttMs, jitterMs];
  const isLossy = (lossTx ?? 0) + (lossRx ?? 0) >= LOSSY;
  return [
    span(`  ${link}`.padEnd(NAME)),
    span(state.padEnd(STATE), STYLES[state]),
    span((milliseconds(rtt) ?? '-').padStart(RTT)),
    span((milliseconds(jitter) ?? '-').padStart(JITTER)),
    span(lossOf(lossTx, lossRx).padStart(LOSS), isLossy ? 'warn' : 'plain'),
  ];
}

/** Share of loss, of both directions together, that is worth a colour. */
const LOSSY = 0.01;

function rateSpans(rates: Rates): Span[] {
  const last = (samples: readonly number[]): string => {
    const sample = samples.at(-1);
    return sample === undefined ? '-' : short(Math.round(sample));
  };
  return [span(last(rates.out).padStart(OUT)), span(last(rates.in).padStart(IN))];
}

function lossOf(tx: number | null, rx: number | null): string {
  const text = (share: number | null): string => percent(share)?.slice(0, -1) ?? '-';
  return `${text(tx)}/${text(rx)}`;
}

const RANKS: readonly LinkState[] = ['disabled', 'up', 'probing', 'suspect', 'down'];

/** Names from A; all else worst or most first. */
function sorted(rows: readonly PeerRow[], { sort, reverse }: View): PeerRow[] {
  const most = (row: PeerRow): number => {
    const of = (measure: (link: PeerRow['links'][number]['link']) => number): number =>
      Math.max(-1, ...row.links.map(({ link }) => measure(link)));
    switch (sort) {
      case 'state':
        return of((link) => RANKS.indexOf(link.state));
      case 'rtt':
        return of((link) => link.rttMs ?? -1);
      case 'loss':
        return of((link) => (link.lossTx ?? 0) + (link.lossRx ?? 0));
      case 'rate':
        return both(row.rates).at(-1) ?? 0;
      case 'name':
        return 0;
    }
  };
  const byName = (a: PeerRow, b: PeerRow): number => (a.peer.peer < b.peer.peer ? -1 : 1);
  const order = [...rows].sort((a, b) => most(b) - most(a) || byName(a, b));
  return reverse ? order.reverse() : order;
}

/** The newest rows under a title; none without rows. */
function section(title: string, rows: readonly Row[], most: number): Row[] {
  return rows.length === 0 ? [] : [[span(title, 'bold')], ...rows.slice(-most)];
}

/** Both sections if there is room for two rows of each, else the failovers alone; cut from the top. */
function bottomRows(failovers: readonly Row[], log: readonly Row[], room: number): Row[] {
  if (failovers.length + log.length <= room) return [...failovers, ...log];
  const cut = (rows: readonly Row[], count: number): Row[] =>
    count < 2 || rows.length === 0 ? [] : [rows[0] as Row, ...rows.slice(1).slice(-(count - 1))];
  const first = failovers.length === 0 ? 0 : Math.max(2, Math.min(failovers.length, room - log.length, room - 2));
  const top = cut(failovers, Math.min(first, room));
  return [...top, ...cut(log, room - top.length)];
}

function failoverRow(
  { time, peer, link, cause, doubt, verdict, decideMs, resent, lost, backMs, drill }: FailoverEntry,
  today: string,
): Row {
  const what = verdict === 'cleared' ? 'cleared' : `down in ${duration(decideMs)}`;
  const back = verdict === 'cleared' ? '' : backMs === null ? '; still down' : `; back in ${duration(backMs)}`;
  const why = `${cause ?? doubt ?? '-'}${drill ? ' (drill)' : ''}`;
  return [
    span(`${time.slice(5, 10) === today ? '' : `${time.slice(5, 10)} `}${time.slice(11, 19)}  ${peer} link ${link}  `),
    span(what, verdict === 'cleared' || backMs !== null ? 'plain' : 'bad'),
    span(`: ${why}; again ${short(resent)}, `),
    span(`lost ${lost === null ? '?' : short(lost)}`, (lost ?? 0) > 0 ? 'bad' : 'plain'),
    span(back),
  ];
}

function logRow(line: string, today: string): Row {
  const style = / error /.test(line.slice(0, 28)) ? 'bad' : / warning /.test(line.slice(0, 28)) ? 'warn' : 'plain';
  return [span(line.startsWith(`${today} `) ? line.slice(today.length + 1) : line, style)];
}
