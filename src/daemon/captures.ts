/**
 * Captures: the lane copies packets into a ring, here they become blocks of a pcapng file or lines of text. Whoever
 * asked fetches them at its own pace; what comes faster is dropped and counted.
 */
import { release } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PacketSink } from '../capture/packet-sink.js';
import { PcapngSink } from '../capture/pcapng-sink.js';
import type { Captured } from '../capture/record.js';
import { takeRecord } from '../capture/record.js';
import { RingReader, ringMemory } from '../capture/ring.js';
import { TextSink } from '../capture/text-sink.js';
import type { Config } from '../config/model.js';
import type { Capture, CaptureEnd, CaptureOptions, CaptureResult } from '../control/capture.js';
import { MOST_CAPTURES } from '../control/capture.js';
import { EngineError } from '../control/engine.js';
import { parseAddress } from '../io/netlink/address-text.js';
import { VERSION } from '../version.js';
import type { ToLane } from './lane-messages.js';

/** Bytes of a ring, a power of two: what is kept until the shell fetches it. */
const RING_SIZE = 8 << 20;
/** Bytes after which a piece is given away. */
const PIECE = 192 << 10;
/** Milliseconds between looks into the ring, and after which an empty piece is given. */
const LOOK = 20;
const PATIENCE = 200;

/** What a capture needs of the lane. */
export interface CaptureLane {
  now(): number;
  post(message: ToLane): void;
  sync(): Promise<void>;
}

export interface CapturesParts {
  readonly lane: CaptureLane;
  running(): Config;
  indexOf(peer: string): number | null;
  nameOf(index: number): string;
}

export class Captures {
  /** Bounded by MOST_CAPTURES. */
  private readonly going = new Set<GoingCapture>();
  private lastId = 0;

  constructor(private readonly parts: CapturesParts) {}

  /** @throws EngineError when it can't begin */
  start(options: CaptureOptions): Capture {
    const { peer } = options;
    const tap = this.parts.running().interface;
    if (tap === null) throw new EngineError("there is no interface yet: configure one first ('interface NAME')");
    const index = peer === null ? -1 : this.parts.indexOf(peer);
    if (index === null) throw new EngineError(`peer ${peer} takes no part: see 'show peers'`);
    for (const link of options.links) {
      if (!tap.localLinks.has(link)) throw new EngineError(`there is no local link ${link}: see 'show interface'`);
    }
    if (this.going.size >= MOST_CAPTURES)
      throw new EngineError(`${MOST_CAPTURES} captures go on already: end one of them first`);
    const capture = new GoingCapture(this.parts, options, ++this.lastId, index, () => this.going.delete(capture));
    this.going.add(capture);
    return capture;
  }

  /** All that go on end. */
  close(): void {
    for (const capture of [...this.going]) capture.end('closing');
  }
}

class GoingCapture implements Capture {
  private readonly ring: RingReader;
  private readonly sink: PacketSink;
  private readonly beganAt: number;
  private ended: CaptureEnd | null = null;
  /** The lane takes nothing more, and the end of the file was given. */
  private isOver = false;
  private finished: Promise<void> | null = null;
  private packets = 0;

  constructor(
    private readonly parts: CapturesParts,
    private readonly options: CaptureOptions,
    private readonly id: number,
    private readonly index: number,
    private readonly onEnd: () => void,
  ) {
    const { lane } = parts;
    const memory = ringMemory(RING_SIZE);
    this.ring = new RingReader(memory);
    this.beganAt = lane.now();
    this.sink = this.makeSink(Date.now() - this.beganAt);
    const links = options.links.reduce((mask, link) => mask | (1 << link), 0);
    const filter = { links, peer: index, snapLength: options.snapLength };
    lane.post({ type: 'capture', id, filter, ring: memory });
  }

  async next(): Promise<Uint8Array | null> {
    if (this.isOver) return null;
    const since = this.parts.lane.now();
    for (;;) {
      this.look();
      if (this.finished !== null) await this.finished; // from here on the ring gets nothing more
      this.drain();
      if (this.ended !== null && this.ring.peek() < 0) this.finish();
      const piece = this.sink.take();
      if (piece.length > 0 || this.isOver) return piece;
      if (this.parts.lane.now() - since >= PATIENCE) return piece;
      await sleep(LOOK);
    }
  }

  stop(): void {
    this.end('stopped');
  }

  result(): CaptureResult {
    return { packets: this.packets, dropped: this.ring.dropped, end: this.ended ?? 'stopped' };
  }

  end(why: CaptureEnd): void {
    if (this.ended !== null) return;
    this.ended = why;
    const { lane } = this.parts;
    lane.post({ type: 'end-capture', id: this.id });
    // A daemon that ends has no lane that would answer.
    this.finished = why === 'closing' ? Promise.resolve() : lane.sync();
    this.onEnd();
  }

  /** Whether it must end, but for the number of packets. */
  private look(): void {
    const { seconds, peer } = this.options;
    if (seconds !== null && this.parts.lane.now() - this.beganAt >= seconds * 1000) this.end('seconds');
    if (peer !== null && this.parts.indexOf(peer) !== this.index) this.end('changed');
  }

  private drain(): void {
    const { count } = this.options;
    while (this.sink.size < PIECE && this.packets !== count) {
      const record = takeRecord(this.ring);
      if (record === null) return;
      this.packets += 1;
      this.sink.add(record, this.peerOf(record));
    }
    if (this.packets !== count) return;
    this.end('count');
    while (this.ring.peek() >= 0) this.ring.release();
  }

  private peerOf({ peer }: Captured): string | null {
    return peer < 0 ? null : this.parts.nameOf(peer);
  }

  private finish(): void {
    const { lane } = this.parts;
    this.sink.end(this.beganAt, lane.now(), this.packets, this.ring.dropped);
    this.isOver = true;
  }

  /** @param clock our clock minus the lane's, milliseconds */
  private makeSink(clock: number): PacketSink {
    const { links, snapLength, form } = this.options;
    const tap = this.parts.running().interface;
    const local = [...(tap?.localLinks ?? [])].filter(([link]) => links.includes(link));
    const ends = new Map(
      local.map(([link, { address, port }]) => [
        link,
        { bytes: parseAddress(address)?.bytes ?? new Uint8Array(4), port },
      ]),
    );
    const subject = { name: tap?.name ?? '', links: ends };
    if (form === 'text') return new TextSink(subject, clock);
    return new PcapngSink(subject, clock, snapLength, `Linux ${release()}`, `sennit ${VERSION}`);
  }
}
