/**
 * How far a worker is, in memory that the watchdog shares: so that an execution that never ends can be
 * named, with its input.
 *
 *     0 number of the execution   1 bytes of its input   2 id of the thread for the kernel   then the input
 */
import { readlinkSync } from 'node:fs';

const HEADER = 3;
/** What is longer is cut off: it follows from the seed all the same. */
const INPUT_ROOM = 70_000;

export class Progress {
  private readonly words: Int32Array;
  private readonly input: Uint8Array;

  constructor(readonly memory = new SharedArrayBuffer(HEADER * 4 + INPUT_ROOM)) {
    this.words = new Int32Array(memory, 0, HEADER);
    this.input = new Uint8Array(memory, HEADER * 4);
  }

  /** To be called by the worker, once. */
  begin(): void {
    // PID/task/TID
    Atomics.store(this.words, 2, Number(readlinkSync('/proc/thread-self').split('/').at(-1)));
  }

  execution(at: number): void {
    this.words[1] = 0;
    Atomics.store(this.words, 0, at);
  }

  note(bytes: Uint8Array): void {
    const kept = bytes.length > INPUT_ROOM ? bytes.subarray(0, INPUT_ROOM) : bytes;
    this.input.set(kept);
    Atomics.store(this.words, 1, kept.length);
  }

  get at(): number {
    return Atomics.load(this.words, 0);
  }

  /** 0 before the worker runs. */
  get thread(): number {
    return Atomics.load(this.words, 2);
  }

  lastInput(): Uint8Array {
    return this.input.slice(0, Atomics.load(this.words, 1));
  }
}
