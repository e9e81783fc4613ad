/** UDP trials between the two ends of a system: a sender and a receiver in its namespaces (`bench-udp-program.ts`). */
import { fileURLToPath } from 'node:url';
import { RateSearch, type Trial } from './bench-rate-search.js';
import type { System } from './bench-systems.js';
import type { Command, Received, Sent } from './bench-udp-program.js';
import { LineProgram } from './line-program.js';

const PROGRAM = fileURLToPath(new URL('./bench-udp-program.js', import.meta.url));
const PORT = 9000;
/** What is still on its way this long after the last was sent counts as lost. */
const DRAIN_MS = 150;
/** Where the first search begins, datagrams per second. */
const FIRST_RATE = 40_000;
/** Node compiles what runs often. */
const WARM_UP = { size: 64, rate: 20_000, ms: 300 };

export interface SearchOptions {
  trialMs: number;
  precision: number;
}

/** The two programs of one system; they end with its lab. */
export class UdpMeter {
  readonly #address: string;
  readonly #sender: LineProgram<Command>;
  readonly #receiver: LineProgram<Command>;
  /** By payload size: the rate that the last search found. */
  readonly #known = new Map<number, number>();
  #trials = 0;

  private constructor(address: string, sender: LineProgram<Command>, receiver: LineProgram<Command>) {
    this.#address = address;
    this.#sender = sender;
    this.#receiver = receiver;
  }

  static async start({ lab, from, to, address }: System): Promise<UdpMeter> {
    const [sender, receiver] = [from, to].map(
      (namespace) => new LineProgram<Command>(lab, namespace, PROGRAM, 'the sender or receiver of UDP datagrams'),
    );
    if (sender === undefined || receiver === undefined) throw new Error('a pair has two hosts');
    await sender.ask({ op: 'open', address: null, port: 0 });
    await receiver.ask({ op: 'open', address, port: PORT });
    const meter = new UdpMeter(address, sender, receiver);
    await meter.trial(WARM_UP.size, WARM_UP.rate, WARM_UP.ms);
    return meter;
  }

  /** Datagrams of `size` bytes of payload per second that arrive at the highest rate with at most 1 % lost. */
  async highestRate(size: number, { trialMs, precision }: SearchOptions): Promise<number> {
    const known = this.#known.get(size);
    const search = new RateSearch(known ?? FIRST_RATE, known !== undefined, precision);
    for (let rate = search.next(); rate !== null; rate = search.next()) {
      search.record(rate, await this.trial(size, rate, trialMs));
    }
    if (search.passed > 0) this.#known.set(size, search.passed);
    return search.best;
  }

  async trial(size: number, rate: number, ms: number): Promise<Trial> {
    const trial = ++this.#trials;
    await this.#receiver.ask({ op: 'clear' });
    const [received, sent] = (await Promise.all([
      this.#receiver.ask({ op: 'receive', trial, size, ms: ms + DRAIN_MS }),
      this.#sender.ask({ op: 'send', trial, size, ms, rate, address: this.#address, port: PORT }),
    ])) as [Received, Sent];
    // What waited in a queue and came out after the sender's end has not been carried within its time.
    const took = Math.max(sent.ms, received.ms);
    return {
      sent: sent.sent,
      received: received.received,
      rate: (received.received * 1000) / took,
      sentRate: (sent.sent * 1000) / sent.ms,
    };
  }
}
