/** The control thread's end of the lane: starts the worker, sends it messages and rings its bell. */
import { randomBytes } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { COUNTERS_LENGTH } from '../core/counters.js';
import { openWakeup, Wakeup } from '../io/eventfd.js';
import { close } from '../io/syscalls.js';
import type { FromLane, LaneStart, MacRows, ToLane } from './lane-messages.js';

/** A lane that nobody has asked for yet. */
let prepared: LaneClient | null = null;
/** The last that was made. */
let latest: LaneClient | null = null;

export class LaneClient {
  /** The lane's counters; the lane writes, everybody else reads. */
  readonly counters: Float64Array;
  /** Which library seals: `openssl` through the FFI, or `node` (slow). */
  aead: 'openssl' | 'node' = 'openssl';
  private readonly worker: Worker;
  private readonly wakeup: Wakeup;
  private readonly listeners: ((message: FromLane) => void)[] = [];
  /** Our clock minus the lane's, milliseconds. */
  private clockOffset = 0;
  private lastSync = 0;
  private stopped = false;

  private readonly ready: Promise<void>;
  /** Called if the thread dies. */
  private died: (error: Error) => void = () => undefined;

  private constructor() {
    const shared = new SharedArrayBuffer(COUNTERS_LENGTH * Float64Array.BYTES_PER_ELEMENT);
    this.counters = new Float64Array(shared);
    this.wakeup = new Wakeup(openWakeup());
    const start: LaneStart = { counters: shared, wakeupFd: this.wakeup.fd, seed: randomBytes(4).readUInt32LE() };
    this.worker = new Worker(new URL('./lane-worker.js', import.meta.url), { workerData: start, name: 'lane' });
    this.worker.on('message', (message: FromLane) => {
      for (const listener of [...this.listeners]) listener(message);
    });
    this.worker.on('error', (error) => this.died(error));
    this.worker.on('exit', () => {
      if (!this.stopped) this.died(new Error('the lane thread ended'));
    });
    this.ready = new Promise((resolve, reject) => {
      this.died = reject;
      this.onMessage((message) => {
        if (message.type !== 'ready') return;
        this.clockOffset = performance.now() - message.now;
        this.aead = message.aead;
        resolve();
      });
    });
    // Who waits for it may come later than its failure.
    this.ready.catch(() => undefined);
  }

  /** Begins to start the lane, so that its thread gets ready while this one is still busy with other things. */
  static prepare(): void {
    prepared ??= new LaneClient();
    latest = prepared;
  }

  /** Ends a lane that nobody will stop. A process that exits while its thread loads a native module aborts. */
  static async abandon(): Promise<void> {
    if (latest === null || latest.stopped) return;
    await latest.ready.then(() => latest?.stop()).catch(() => undefined);
  }

  /** Starts the lane and waits until it runs. `onDeath` is called if it dies: the daemon can't go on then. */
  static async start(onDeath: (error: Error) => void): Promise<LaneClient> {
    LaneClient.prepare();
    const client = prepared as LaneClient;
    prepared = null;
    await client.ready;
    client.died = onDeath;
    return client;
  }

  onMessage(listener: (message: FromLane) => void): void {
    this.listeners.push(listener);
  }

  post(message: ToLane): void {
    this.worker.postMessage(message);
    this.wakeup.ring();
  }

  /** The lane's clock now, whose times stand in the counters. */
  now(): number {
    return performance.now() - this.clockOffset;
  }

  /** Resolves when the lane has done all that was posted before. */
  async sync(): Promise<void> {
    const id = ++this.lastSync;
    await this.answer({ type: 'sync', id }, (message) => message.type === 'synced' && message.id === id);
  }

  async macRows(): Promise<MacRows> {
    const answer = await this.answer({ type: 'mac-list' }, (message) => message.type === 'macs');
    if (answer.type !== 'macs') throw new Error('the lane answered something else');
    return answer.rows;
  }

  async queues(): Promise<Extract<FromLane, { type: 'queues' }>> {
    const answer = await this.answer({ type: 'queues' }, (message) => message.type === 'queues');
    if (answer.type !== 'queues') throw new Error('the lane answered something else');
    return answer;
  }

  /** Says goodbye to the peers and ends the thread. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.answer({ type: 'stop' }, (message) => message.type === 'stopped');
    await this.worker.terminate();
    close(this.wakeup.fd);
  }

  private answer(question: ToLane, fits: (message: FromLane) => boolean): Promise<FromLane> {
    return new Promise((resolve) => {
      const listener = (message: FromLane): void => {
        if (!fits(message)) return;
        this.listeners.splice(this.listeners.indexOf(listener), 1);
        resolve(message);
      };
      this.onMessage(listener);
      this.post(question);
    });
  }
}
