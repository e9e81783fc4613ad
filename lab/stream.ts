/** One TCP stream between two hosts, at a fixed pace, with a checksum over its bytes and its longest stall. */
import { fileURLToPath } from 'node:url';
import { LineProgram } from './line-program.js';
import type { Lab } from './namespaces.js';
import type { Command, StreamReport } from './stream-program.js';

const PROGRAM = fileURLToPath(new URL('./stream-program.js', import.meta.url));
const PORT = 9100;
/** 20 Mbit/s: full-sized segments in a steady row, and no burden on a small machine. */
const RATE = 2_500_000;
/** For what is on its way when the sender has written the last: TCP's timer may have backed off a few times. */
const PATIENCE_MS = 6000;

export interface StreamResult {
  sent: number;
  lost: number;
  /** Whether all bytes arrived, and are not those that were sent. */
  corrupt: boolean;
  stallMs: number;
  lateMs: number;
}

export class Stream {
  readonly #sender: LineProgram<Command>;
  readonly #receiver: LineProgram<Command>;
  readonly #address: string;

  private constructor(sender: LineProgram<Command>, receiver: LineProgram<Command>, address: string) {
    this.#sender = sender;
    this.#receiver = receiver;
    this.#address = address;
  }

  /** @param address of the receiver, which listens from now on */
  static async start(lab: Lab, from: string, to: string, address: string): Promise<Stream> {
    const [sender, receiver] = [from, to].map(
      (namespace) => new LineProgram<Command>(lab, namespace, PROGRAM, 'an end of the TCP stream'),
    ) as [LineProgram<Command>, LineProgram<Command>];
    await receiver.ask({ op: 'listen', address, port: PORT });
    return new Stream(sender, receiver, address);
  }

  /** Connects and begins to write. */
  async begin(): Promise<void> {
    await this.#sender.ask({ op: 'write', address: this.#address, port: PORT, rate: RATE });
  }

  /** Ends the stream, waits for what is on its way, and compares both ends. */
  async end(): Promise<StreamResult> {
    await this.#sender.ask({ op: 'stop' });
    const received = (await this.#receiver.ask({ op: 'report', patienceMs: PATIENCE_MS })) as StreamReport;
    const sent = (await this.#sender.ask({ op: 'report', patienceMs: 0 })) as StreamReport;
    const lost = sent.bytes - received.bytes;
    return {
      sent: sent.bytes,
      lost,
      corrupt: lost === 0 && sent.sha256 !== received.sha256,
      stallMs: received.stallMs,
      lateMs: Math.max(sent.lateMs, received.lateMs),
    };
  }
}
