/**
 * One host's part of the numbered UDP probe; lab/probe.ts starts it inside the host's namespace. It takes commands
 * as lines of JSON on standard input and answers each with one line; at the end of input it ends.
 *
 * There is one socket per other host, so that each flow has a receive buffer of its own; what this
 * program itself was too slow to take is read from the kernel's count of drops, and told apart.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { earlyThread } from './early.js';
import { type Arrivals, FlowRecord, readDatagram, writeDatagram } from './probe-datagram.js';
import { boundSocket } from './udp-batch.js';

/** Port of the socket on any host that talks with host `id`: this plus `id`. */
const BASE_PORT = 7000;
const TICK_MS = 1;

export interface WorkerSetup {
  id: number;
  /** Own address, and the others' by host id. */
  address: string;
  peers: { id: number; address: string }[];
  /** Datagrams per second to each peer. */
  rate: number;
  /** UDP payload, bytes. */
  size: number;
}

export type Command =
  | { op: 'open'; setup: WorkerSetup }
  /** Get ready to receive the run of this number, of datagrams with so many bytes of payload. */
  | { op: 'arm'; run: number; size?: number | undefined }
  | { op: 'send' }
  /** So many to each other host at once. */
  | { op: 'burst'; count: number }
  | { op: 'stop' }
  | { op: 'report' };

/** What one host sent to and received from another. */
export interface PeerReport extends Arrivals {
  peer: number;
  sent: number;
  /** Datagrams that this probe's own socket had no room for. */
  overrun: number;
  /** The longest that this probe, which looks at the clock every millisecond while it sends, was not let run. */
  lateMs: number;
}

interface Flow {
  peer: number;
  socket: Socket;
  /** Numbers given out so far in this run. */
  sent: number;
  record: FlowRecord;
  dropsBefore: number;
}

const thread = earlyThread();
let setup: WorkerSetup;
let run = 0;
let timer: NodeJS.Timeout | null = null;
let lateMs = 0;
const flows: Flow[] = [];

async function open(wanted: WorkerSetup): Promise<void> {
  setup = wanted;
  for (const peer of setup.peers) {
    const socket = createSocket(setup.address.includes(':') ? 'udp6' : 'udp4');
    const flow: Flow = { peer: peer.id, socket, sent: 0, record: new FlowRecord(0), dropsBefore: 0 };
    socket.on('message', (datagram) => receive(flow, datagram));
    // While the other end isn't open yet, or its network is cut, the kernel says so; the count of losses tells it too.
    socket.on('error', () => {});
    // Bound already, it listens at once.
    socket.bind({ fd: boundSocket(setup.address, BASE_PORT + peer.id) });
    socket.connect(BASE_PORT + setup.id, peer.address);
    await once(socket, 'connect');
    flows.push(flow);
  }
}

function receive(flow: Flow, datagram: Buffer): void {
  const stamp = readDatagram(datagram);
  if (stamp === null || stamp.from !== flow.peer || stamp.to !== setup.id) flow.record.corrupt();
  // Not this run: a straggler of the one before.
  else if (stamp.run === run) flow.record.arrived(stamp.number, stamp.sentAt, monotonicMs());
}

function arm(number: number, size = setup.size): void {
  run = number;
  setup.size = size;
  lateMs = 0;
  thread.setRealtime(true);
  const drops = kernelDrops();
  for (const flow of flows) {
    flow.sent = 0;
    flow.record = new FlowRecord(monotonicMs());
    flow.dropsBefore = drops.get(BASE_PORT + flow.peer) ?? 0;
  }
}

/** Sends what is due by the clock, so that a late timer changes the pace for a moment but not the number. */
function startSending(): void {
  const startedAt = monotonicMs();
  let lastTick = startedAt;
  const tick = () => {
    const now = monotonicMs();
    lateMs = Math.max(lateMs, now - lastTick - TICK_MS);
    lastTick = now;
    const due = Math.floor(((now - startedAt) * setup.rate) / 1000);
    for (const flow of flows) while (flow.sent < due) sendOne(flow);
    timer = setTimeout(tick, TICK_MS);
  };
  tick();
}

function burst(count: number): void {
  for (const flow of flows) for (let i = 0; i < count; i++) sendOne(flow);
}

function sendOne(flow: Flow): void {
  const datagram = Buffer.allocUnsafe(setup.size);
  const number = flow.sent++;
  writeDatagram(datagram, { run, from: setup.id, to: flow.peer, number, sentAt: monotonicMs() });
  flow.socket.send(datagram, () => {});
}

function stopSending(): void {
  if (timer !== null) clearTimeout(timer);
  timer = null;
  for (const flow of flows) flow.record.senderStopped(monotonicMs());
}

function report(): PeerReport[] {
  thread.setRealtime(false);
  const drops = kernelDrops();
  return flows.map((flow) => ({
    peer: flow.peer,
    sent: flow.sent,
    overrun: (drops.get(BASE_PORT + flow.peer) ?? 0) - flow.dropsBefore,
    lateMs,
    ...flow.record.arrivals,
  }));
}

/** Datagrams dropped for want of buffer by local port, from the last column of /proc/net/udp. */
function kernelDrops(): Map<number, number> {
  const table = readFileSync(setup.address.includes(':') ? '/proc/net/udp6' : '/proc/net/udp', 'latin1');
  const rows = table.trim().split('\n').slice(1);
  return new Map(
    rows.map((row) => {
      const columns = row.trim().split(/\s+/);
      return [Number.parseInt(columns[1]?.split(':')[1] ?? '', 16), Number(columns.at(-1))];
    }),
  );
}

/** Milliseconds on the machine's monotonic clock: `performance.now` would count from the start of each process. */
function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

async function obey(command: Command): Promise<unknown> {
  if (command.op === 'open') return open(command.setup);
  if (command.op === 'arm') return arm(command.run, command.size);
  if (command.op === 'send') return startSending();
  if (command.op === 'burst') return burst(command.count);
  if (command.op === 'stop') return stopSending();
  return report();
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await obey(JSON.parse(line));
  process.stdout.write(`${JSON.stringify(answer ?? null)}\n`);
}
process.exit(0);
