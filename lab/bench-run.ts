/**
 * The rounds of the benchmark. What is compared is measured within seconds, case by case and one system after the
 * other, so that the drift of a shared machine hits all alike; those that are not measured are idle. Only
 * ping on an idle system is measured with that system alone: the heartbeats of others, few as
 * they are, would be seen in its 99th percentile.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Bench,
  cpuMs,
  type Figures,
  LOADS,
  type Measurement,
  PING,
  patiently,
  warmUp,
} from './bench-measurements.js';
import { type Case, hasCase, type Options, type SystemName, UNITS } from './bench-options.js';
import { type Row, row } from './bench-rows.js';
import { makeSystem } from './bench-systems.js';

/** After traffic, until nothing is left to do. */
const REST_MS = 1500;
const IDLE_MS = 5000;

/** All values of all cases that were asked for. */
class Values {
  readonly #values = new Map<SystemName, Map<Case, number[]>>();

  constructor(private readonly options: Options) {}

  /** Whether any of these cases is wanted of a system. */
  wants(system: SystemName, cases: readonly Case[]): boolean {
    return cases.some((name) => this.options.cases.includes(name) && hasCase(system, name));
  }

  keep(system: SystemName, measured: Figures): void {
    const ofSystem = this.#values.get(system) ?? new Map<Case, number[]>();
    this.#values.set(system, ofSystem);
    for (const [name, value] of Object.entries(measured) as [Case, number][]) {
      if (this.wants(system, [name])) ofSystem.set(name, [...(ofSystem.get(name) ?? []), value]);
    }
  }

  rows(): Row[] {
    return this.options.systems.flatMap((system) =>
      this.options.cases.flatMap((name) => {
        const values = this.#values.get(system)?.get(name);
        return values === undefined ? [] : [row(system, name, UNITS[name], values)];
      }),
    );
  }
}

/** Measures everything that was asked for. @throws Error when a system does not start, or a daemon ends */
export async function run(options: Options): Promise<Row[]> {
  const values = new Values(options);
  await alone(options, values);
  await together(options, values);
  return values.rows();
}

/** Each system is built, measured and taken down again, in turn. */
async function alone(options: Options, values: Values): Promise<void> {
  const systems = options.systems.filter((name) => values.wants(name, PING.cases));
  for (let round = 1; round <= options.rounds && systems.length > 0; round++) {
    say(`ping, round ${round} of ${options.rounds}`);
    for (const name of systems) await withSystems([name], (benches) => inTurn(PING, benches, options, values));
  }
}

/** All are built, and measured in turn. */
async function together(options: Options, values: Values): Promise<void> {
  const cases = [...LOADS.flatMap((load) => load.cases), 'idle-cpu'] as Case[];
  const systems = options.systems.filter((name) => values.wants(name, cases));
  await withSystems(systems, async (benches) => {
    for (let round = 1; round <= options.rounds; round++) {
      for (const load of LOADS) {
        if (!systems.some((name) => values.wants(name, load.cases))) continue;
        say(`${load.cases[0]}, round ${round} of ${options.rounds}`);
        await inTurn(load, benches, options, values);
      }
      if (round <= options.idleRounds) await idle(benches, values);
    }
  });
}

async function withSystems(names: SystemName[], use: (benches: Bench[]) => Promise<void>): Promise<void> {
  const benches: Bench[] = [];
  try {
    for (const name of names) benches.push({ system: await makeSystem(name), udp: null });
    for (const bench of benches) await patiently('warm-up', bench, () => warmUp(bench));
    await use(benches);
  } finally {
    for (const { system } of benches) await system.stop();
  }
}

async function inTurn(
  { cases, measure }: Measurement,
  benches: Bench[],
  options: Options,
  values: Values,
): Promise<void> {
  for (const bench of benches) {
    const { name } = bench.system;
    if (!values.wants(name, cases)) continue;
    values.keep(name, await patiently(cases[0] ?? '', bench, () => measure(bench, options)));
  }
}

/** CPU time without traffic, of all at once. */
async function idle(benches: Bench[], values: Values): Promise<void> {
  const daemons = benches.filter(({ system }) => values.wants(system.name, ['idle-cpu']));
  if (daemons.length === 0) return;
  say('idle');
  await sleep(REST_MS);
  const startedAt = performance.now();
  const before = daemons.map(({ system }) => cpuMs(system));
  await sleep(IDLE_MS);
  const elapsed = performance.now() - startedAt;
  for (const [i, { system }] of daemons.entries()) {
    const each = (cpuMs(system) - (before[i] ?? 0)) / system.daemons.length;
    values.keep(system.name, { 'idle-cpu': (100 * each) / elapsed });
  }
}

function say(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}
