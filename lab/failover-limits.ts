/** What every cell of the failover matrix must reach, as data, and the verdict on one repetition and on a row. */
import type { Policy } from '../src/config/model.js';
import { median } from './bench-rows.js';
import type { CutName } from './failover-cuts.js';

export const TRAFFICS = ['udp', 'tcp', 'burst'] as const;
export type Traffic = (typeof TRAFFICS)[number];

/** How a host learns of a cut. */
type Sign = 'local' | 'silent' | 'stopped';

/**
 * In every cell a link stays alive and usable, so nothing may be lost or come twice. What differs is the gap:
 *
 * - local: the sending host's own kernel tells it;
 * - silent: nobody does, something stays away. Large datagrams, loss, delay and a rebound port are of this kind;
 * - stopped: the host does nothing for 300 ms; its time, and no more than a silent cut on top.
 */
const SIGNS: Record<CutName, Sign> = {
  'interface down here': 'local',
  'interface down there': 'silent',
  'silent both ways': 'silent',
  'silent out': 'silent',
  'silent in': 'silent',
  'large dropped': 'silent',
  '50 % loss': 'silent',
  '+300 ms': 'silent',
  'nat rebinding': 'silent',
  flap: 'local',
  'two of three': 'silent',
  stopped: 'stopped',
};

/** Milliseconds, for the median of the longest gaps of 10,000 frames a second; by the timers of the links. */
const GAPS: Record<'usual' | 'fast', Record<Sign, number>> = {
  usual: { local: 10, silent: 60, stopped: 360 },
  fast: { local: 10, silent: 30, stopped: 330 },
};
/** Under policy active another copy is always on its way; a stopped host sends none. */
const ACTIVE_GAP = 5;
const ACTIVE_STOPPED_GAP = 310;

/** What TCP may add to a gap: its timer may run out once (TCP_RTO_MIN, linux/tcp.h), although nothing is lost. */
const TCP_TIMER = 200;

/** The longest gap that may be in frames, or stall in a stream, in milliseconds; null: neither is measured. */
export function limitOf(policy: Policy, cut: CutName, traffic: Traffic, fast: boolean): number | null {
  if (traffic === 'burst') return null;
  const sign = SIGNS[cut];
  const usual = GAPS[fast ? 'fast' : 'usual'][sign];
  const active = sign === 'stopped' ? ACTIVE_STOPPED_GAP : ACTIVE_GAP;
  const gap = policy === 'active' ? active : usual;
  return traffic === 'tcp' ? gap + TCP_TIMER : gap;
}

/** What one repetition showed. */
export interface Repetition {
  /** Frames, or bytes of a stream; of both directions. */
  sent: number;
  lost: number;
  /** Null: not to be seen in a stream. */
  duplicated: number | null;
  reordered: number | null;
  /** Frames with wrong bytes, or 1 for a stream whose checksum is wrong. */
  corrupt: number;
  /** The longest time without frames of one direction, milliseconds; where the sign is local, from here to there. */
  gapMs: number | null;
  /** The longest time without bytes of the stream. */
  stallMs: number | null;
  /**
   * The longest that the sender, the receiver or a daemon was not let run by a busy machine, that cores stood still within
   * the longest gap, or a gap without a cut.
   */
  lateMs: number;
  /** What the equipment itself (probe, relay) had no room for; it is among the lost. */
  overrun: number;
  /** Frames that the kernel of either host dropped before its daemon could read them. */
  tapDropped: number;
  /** How often a link went down. */
  downs: number;
}

export interface Row {
  policy: Policy;
  cut: CutName;
  traffic: Traffic;
  /** What `sent`, `lost`, `duplicated` and `reordered` count, over all repetitions that count. */
  unit: 'frames' | 'bytes';
  sent: number;
  lost: number;
  duplicated: number | null;
  reordered: number | null;
  corrupt: number;
  /** Medians of the repetitions, and the worst. */
  gapMs: number | null;
  stallMs: number | null;
  worstMs: number | null;
  limitMs: number | null;
  tapDropped: number;
  downs: number;
  repetitions: number;
  /** Repetitions whose equipment was at fault. */
  void: number;
  verdict: string;
}

/** A sender that was later than this sends more than 200 frames at once then: not what the matrix is about. */
const LATE = 20;

/**
 * Why a repetition says nothing, or null. The equipment lost something; or a gap is too long that would not be if the
 * machine had not been busy; or a TAP's queue was full and the sender was late. A loss that none of
 * that explains counts.
 */
export function whyVoid(repetition: Repetition, limit: number | null): string | null {
  const { overrun, gapMs, stallMs, lateMs, lost, duplicated, tapDropped } = repetition;
  if (overrun > 0) return `the equipment had no room for ${overrun}`;
  if (lost > tapDropped || (duplicated ?? 0) > 0) return null;
  const measured = gapMs ?? stallMs ?? 0;
  const gapMayBeOurs = isTooLong(repetition, limit) && measured - lateMs <= (limit ?? 0);
  const mayBeOurs = gapMayBeOurs || (tapDropped > 0 && lateMs > LATE);
  return mayBeOurs ? `the machine was busy: gaps of ${lateMs.toFixed(1)} ms are its own` : null;
}

export function isTooLong({ gapMs, stallMs }: Repetition, limit: number | null): boolean {
  return limit !== null && (gapMs ?? stallMs ?? 0) > limit;
}

/** What is counted of a cell, and whether it is as it must be. @param voids repetitions that say nothing */
export function rowOf(
  cell: { policy: Policy; cut: CutName; traffic: Traffic },
  limitMs: number | null,
  repetitions: readonly Repetition[],
  voids: number,
): Row {
  const sum = (figure: (each: Repetition) => number | null) =>
    repetitions.reduce<number | null>((total, each) => plus(total, figure(each)), 0);
  const middle = (values: (number | null)[]) => {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : Number(median(known).toFixed(1));
  };
  const gaps = repetitions.flatMap(({ gapMs, stallMs }) => gapMs ?? stallMs ?? []);
  const row: Row = {
    ...cell,
    unit: cell.traffic === 'tcp' ? 'bytes' : 'frames',
    sent: sum((each) => each.sent) ?? 0,
    lost: sum((each) => each.lost) ?? 0,
    duplicated: sum((each) => each.duplicated),
    reordered: sum((each) => each.reordered),
    corrupt: sum((each) => each.corrupt) ?? 0,
    gapMs: middle(repetitions.map((each) => each.gapMs)),
    stallMs: middle(repetitions.map((each) => each.stallMs)),
    worstMs: gaps.length === 0 ? null : Number(Math.max(...gaps).toFixed(1)),
    limitMs,
    tapDropped: sum((each) => each.tapDropped) ?? 0,
    downs: sum((each) => each.downs) ?? 0,
    repetitions: repetitions.length,
    void: voids,
    verdict: '',
  };
  return { ...row, verdict: verdict(row) };
}

function plus(total: number | null, value: number | null): number | null {
  return total === null || value === null ? null : total + value;
}

/** `pass`, `void: …` when nothing can be said, or `FAIL: …` with everything that is not as it must be. */
function verdict(row: Row): string {
  if (row.repetitions === 0) return 'void: the machine was too busy';
  const { lost, duplicated, corrupt, gapMs, stallMs, limitMs, tapDropped, downs, unit } = row;
  const complaints: string[] = [];
  if (row.sent === 0) complaints.push('nothing sent');
  const before = tapDropped > 0 && unit === 'frames' ? ` (${tapDropped} of them before the daemon read them)` : '';
  if (lost > 0) complaints.push(`${lost} ${unit} lost${before}`);
  if (duplicated !== null && duplicated > 0) complaints.push(`${duplicated} duplicated`);
  if (corrupt > 0) complaints.push(unit === 'bytes' ? 'wrong checksum' : `${corrupt} with wrong bytes`);
  const measured = gapMs ?? stallMs;
  if (measured !== null && limitMs !== null && measured > limitMs) {
    complaints.push(`${gapMs === null ? 'stall' : 'gap'} ${measured} > ${limitMs} ms`);
  }
  if (SIGNS[row.cut] === 'stopped' && downs > 0) complaints.push(`links went down ${downs} times`);
  return complaints.length === 0 ? 'pass' : `FAIL: ${complaints.join('; ')}`;
}
