/** The cells of the failover matrix, one after the other, each as often as was asked for. */
import type { Policy } from '../src/config/model.js';
import { type Cut, type CutName, cutsOf } from './failover-cuts.js';
import { isTooLong, limitOf, type Repetition, type Row, rowOf, type Traffic, whyVoid } from './failover-limits.js';
import type { Options } from './failover-options.js';
import { control, play } from './failover-run.js';
import { Stage } from './failover-stage.js';

/** How often a repetition is played until the machine was not busy. */
const ATTEMPTS = 8;

interface Cell {
  policy: Policy;
  cut: CutName;
  traffic: Traffic;
}

/** Runs every cell that was asked for; rows in the order of the table. A cell that can't be run is a failed one. */
export async function runMatrix(options: Options, say: (text: string) => void): Promise<Row[]> {
  const matrix = new Matrix(options, say);
  try {
    return await matrix.run();
  } finally {
    matrix.close();
  }
}

class Matrix {
  readonly #options: Options;
  readonly #say: (text: string) => void;
  readonly #cuts: Record<CutName, Cut>;
  #stage: Stage | null = null;

  constructor(options: Options, say: (text: string) => void) {
    this.#options = options;
    this.#say = say;
    this.#cuts = cutsOf(options.flapMs);
  }

  async run(): Promise<Row[]> {
    const { policies, cuts, traffics } = this.#options;
    const cells = policies.flatMap((policy) =>
      cuts.flatMap((cut) => traffics.map((traffic) => ({ policy, cut, traffic }))),
    );
    const rows = new Map<Cell, Row>();
    for (const cell of this.#inTurn(cells)) {
      const row = await this.#row(cell);
      rows.set(cell, row);
      this.#say(`${rows.size} of ${cells.length}: ${nameOf(cell)}: ${row.verdict}`);
    }
    return cells.map((cell) => rows.get(cell) as Row);
  }

  close(): void {
    this.#stage?.close();
    this.#stage = null;
  }

  /** Cells that share a stage follow each other. */
  #inTurn(cells: Cell[]): Cell[] {
    const stageOf = ({ cut }: Cell) => `${this.#cuts[cut].relayed} ${this.#cuts[cut].links}`;
    const stages = [...new Set(cells.map(stageOf))];
    return stages.flatMap((stage) => cells.filter((cell) => stageOf(cell) === stage));
  }

  async #row(cell: Cell): Promise<Row> {
    const limit = limitOf(cell.policy, cell.cut, cell.traffic, this.#options.fast);
    const repetitions: Repetition[] = [];
    let voids = 0;
    for (let i = 0; i < this.#options.repeat; i++) {
      for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
        const repetition = await this.#repetition(cell, limit);
        if (typeof repetition === 'string') {
          return { ...rowOf(cell, limit, repetitions, voids), verdict: `FAIL: ${repetition}` };
        }
        const why = whyVoid(repetition, limit);
        if (why === null) {
          repetitions.push(repetition);
          break;
        }
        voids += 1;
        this.#say(`${nameOf(cell)}: void, ${why}; ${attempt < ATTEMPTS ? 'once more' : 'left out'}`);
      }
    }
    return rowOf(cell, limit, repetitions, voids);
  }

  /** What it showed, or why it could not be played. A gap too long is held against one without a cut. */
  async #repetition({ policy, cut: name, traffic }: Cell, limit: number | null): Promise<Repetition | string> {
    const cut = this.#cuts[name];
    try {
      const stage = await this.#ready(policy, cut);
      const repetition = await play(stage, cut, traffic, this.#options);
      // Damping of what flapped must not be seen in the next cell.
      if (name === 'flap') this.close();
      // What lost frames fails however long the gap was.
      if (repetition.lost > repetition.tapDropped || !isTooLong(repetition, limit)) return repetition;
      const own = await control(await this.#ready(policy, cut), cut, traffic, this.#options);
      return { ...repetition, lateMs: Math.max(repetition.lateMs, own) };
    } catch (error) {
      this.close();
      return (error as Error).message;
    }
  }

  /** A stage for this cut with all links up: the present one, or a new one. */
  async #ready(policy: Policy, cut: Cut): Promise<Stage> {
    if (this.#stage?.fits(cut)) {
      await this.#stage.setPolicy(policy);
      if (await this.#stage.settled()) return this.#stage;
      this.#say('a link stays down after the last cut: the network is made anew');
    }
    this.close();
    const { fast, seed } = this.#options;
    this.#stage = await Stage.open({ policy, cut, fast, seed });
    return this.#stage;
  }
}

function nameOf({ policy, cut, traffic }: Cell): string {
  return `${policy}, ${cut}, ${traffic}`;
}
