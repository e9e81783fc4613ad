/** A stream of a trial, and which links its sender held for up at each frame. */
import type { Host } from '../host.js';
import type { Sim } from '../sim.js';
import { Stream } from '../stream.js';
import type { DirectionPlan, StreamPlan } from './plan.js';

export class Flow {
  readonly stream: Stream;
  /** By frame: mask of the links that its sender used. */
  readonly usable: number[] = [];
  /** Sending again is on, or everything goes over all links. */
  readonly safe: boolean;

  constructor(
    sim: Sim,
    readonly from: Host,
    readonly to: Host,
    readonly direction: DirectionPlan,
    plan: StreamPlan,
  ) {
    this.safe = direction.policy === 'active' || direction.buffer >= 1 << 24 || direction.paths.length === 1;
    const { every, size } = plan;
    this.stream = new Stream(sim, from, to, { every, size, before: () => this.usable.push(this.#up()) });
  }

  #up(): number {
    const peer = this.from.lane.state.peers[this.from.indexOf(this.to)];
    return peer == null || peer.keys.current === null ? 0 : peer.usable;
  }
}
