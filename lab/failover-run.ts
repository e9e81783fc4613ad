/** One repetition: traffic, a cut in its midst, and the count of what became of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { pausedWithin } from './core-pauses.js';
import type { Cut } from './failover-cuts.js';
import type { Repetition, Traffic } from './failover-limits.js';
import type { Options } from './failover-options.js';
import type { Stage } from './failover-stage.js';
import type { FlowReport } from './probe.js';
import { SMALLEST_DATAGRAM } from './probe-datagram.js';

/** Frames of a burst, from each host. */
const BURST = 1000;
/** Between a burst and the end of the cut. */
const BURST_MS = 300;

type Durations = Pick<Options, 'beforeMs' | 'cutMs' | 'afterMs' | 'idleMs'>;
type Counts = Omit<Repetition, 'tapDropped' | 'downs'>;

/** Plays one repetition on a stage whose links are all up. */
export async function play(stage: Stage, cut: Cut, traffic: Traffic, durations: Durations): Promise<Repetition> {
  const before = await stage.tallies();
  const watch = stage.watch();
  const counts = await TRAFFIC[traffic](stage, cut, durations).finally(() => watch.stop());
  const lateMs = Math.max(counts.lateMs, watch.stop());
  const after = await stage.tallies();
  return {
    ...counts,
    lateMs,
    overrun: counts.overrun + after.overrun - before.overrun,
    tapDropped: after.tapDropped - before.tapDropped,
    downs: after.downs - before.downs,
  };
}

/** The same traffic for as long as a usual cut, but nothing is cut: the longest gap or stall is the machine's own. */
export async function control(stage: Stage, cut: Cut, traffic: Traffic, durations: Durations): Promise<number> {
  const { lasts: _, ...rest } = cut;
  const { gapMs, stallMs } = await play(stage, { ...rest, make: async () => () => {} }, traffic, durations);
  return gapMs ?? stallMs ?? 0;
}

const TRAFFIC: Record<Traffic, (stage: Stage, cut: Cut, durations: Durations) => Promise<Counts>> = {
  async udp(stage, cut, durations) {
    await stage.pauses.begin();
    await stage.probe.begin(cut.size ?? SMALLEST_DATAGRAM);
    await throughCut(stage, cut, durations);
    const flows = await stage.probe.end();
    const pauses = await stage.pauses.end();
    const judged = flows.filter(({ from }) => !cut.hereOnly || from === stage.scene.here.id);
    const { gapMs, gapEndedAt } = judged.reduce((worst, flow) => (flow.gapMs > worst.gapMs ? flow : worst));
    const counts = countsOf(flows);
    const pausedMs = pausedWithin(pauses, gapEndedAt - gapMs, gapEndedAt);
    return { ...counts, gapMs, lateMs: Math.max(counts.lateMs, pausedMs) };
  },

  async tcp(stage, cut, durations) {
    await stage.stream.begin();
    await throughCut(stage, cut, durations);
    const { sent, lost, corrupt, stallMs, lateMs } = await stage.stream.end();
    const unseen = { duplicated: null, reordered: null, gapMs: null, overrun: 0 };
    return { ...unseen, sent, lost, corrupt: corrupt ? 1 : 0, stallMs, lateMs };
  },

  /** Nothing, the cut in its midst, and then a thousand frames at once while it lasts. */
  async burst(stage, cut, { idleMs, afterMs }) {
    await sleep(idleMs);
    const mend = await cut.make(stage.scene);
    await sleep(Math.min(idleMs, (cut.lasts ?? Number.POSITIVE_INFINITY) / 2));
    await stage.probe.burst(BURST, cut.size ?? SMALLEST_DATAGRAM);
    await sleep(Math.min(BURST_MS, (cut.lasts ?? Number.POSITIVE_INFINITY) / 2));
    await mend();
    await sleep(afterMs);
    return { ...countsOf(await stage.probe.end()), gapMs: null };
  },
};

async function throughCut({ scene }: Stage, cut: Cut, { beforeMs, cutMs, afterMs }: Durations): Promise<void> {
  await sleep(beforeMs);
  const mend = await cut.make(scene);
  await sleep(cut.lasts ?? cutMs);
  await mend();
  await sleep(afterMs);
}

function countsOf(flows: FlowReport[]): Omit<Counts, 'gapMs'> {
  const sum = (figure: (flow: FlowReport) => number) => flows.reduce((total, flow) => total + figure(flow), 0);
  return {
    sent: sum((flow) => flow.sent),
    lost: sum((flow) => flow.lost),
    duplicated: sum((flow) => flow.duplicated),
    reordered: sum((flow) => flow.reordered),
    corrupt: sum((flow) => flow.corrupt),
    stallMs: null,
    lateMs: Math.max(...flows.map((flow) => flow.lateMs)),
    overrun: sum((flow) => flow.overrun),
  };
}
