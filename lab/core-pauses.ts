/**
 * When the machine itself stood still: a virtual machine's host may take a core away for many milliseconds, and the kernel
 * holds real-time threads for 50 of each second in which they take all of one (kernel.sched_rt_runtime_us). To all
 * that is measured it looks like a gap of the network.
 */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Command, Pause } from './core-pauses-program.js';
import { LineProgram } from './line-program.js';
import type { Lab } from './namespaces.js';

export type { Pause };

const PROGRAM = fileURLToPath(new URL('./core-pauses-program.js', import.meta.url));
/** Before real-time threads of the lowest priority, as lanes and probes are; not for V8's own threads. */
const FIRST = ['chrt', '--reset-on-fork', '--rr', '2'];

export class CorePauses {
  readonly #programs: LineProgram<Command>[];

  /** Starts one program a core; they end with the lab. */
  constructor(lab: Lab) {
    this.#programs = Array.from({ length: availableParallelism() }, (_, core) => {
      const first = ['taskset', '--cpu-list', String(core), ...FIRST];
      return new LineProgram<Command>(lab, null, PROGRAM, `the watch of core ${core}`, first);
    });
  }

  /** Begins to watch. */
  async begin(): Promise<void> {
    await this.#all({ op: 'begin' });
  }

  /** Ends it; the pauses of each core of more than a millisecond. */
  async end(): Promise<Pause[][]> {
    return (await this.#all({ op: 'end' })) as Pause[][];
  }

  #all(command: Command): Promise<unknown[]> {
    return Promise.all(this.#programs.map((program) => program.ask(command)));
  }
}

/** For how long of a time any core stood still, milliseconds; two at once count once. */
export function pausedWithin(cores: readonly Pause[][], from: number, to: number): number {
  let [paused, until] = [0, from];
  for (const pause of cores.flat().sort((a, b) => a.from - b.from)) {
    const end = Math.min(pause.to, to);
    paused += Math.max(0, end - Math.max(pause.from, until));
    until = Math.max(until, end);
  }
  return paused;
}
