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
import { type Arrivals, FlowRecord, readDatagram, writeDatagram } from './probe-datagram.js';

/** Port of the socket on any host that talks with host `id`: this plus `id`. */
const BASE_PORT = 7000;
const RECEIVE_BUFFER = 4 << 20;
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
  /** Get ready to receive the run of this number. */
  | { op: 'arm'; run: number }
  | { op: 'send' }
  | { op: 'stop' }
  | { op: 'report' };

/** What one host sent to and received from another. */
export interface PeerReport extends Arrivals {
  peer: number;
  sent: number;
  /** Datagrams that this probe's own socket had no room for. */
  overrun: number;
}

interface Flow {
  peer: number;
  socket: Socket;
  /** Numbers given out so far in this run. */
  sent: number;
  record: FlowRecord;
  dropsBefore: number;
}

let setup: WorkerSetup;
let run = 0;
let timer: NodeJS.Timeout | null = null;
const flows: Flow[] = [];

async function open(wanted: WorkerSetup): Promise<void> {
  setup = wanted;
  for (const peer of setup.peers) {
    const socket = createSocket(setup.address.includes(':') ? 'udp6' : 'udp4');
    const flow: Flow = { peer: peer.id, socket, sent: 0, record: new FlowRecord(0), dropsBefore: 0 };
    socket.on('message', (datagram) => receive(flow, datagram));
    // While the other end isn't open yet, or its network is cut, the kernel says so; the count of losses tells it too.
    socket.on('error', () => {});
    socket.bind(BASE_PORT + peer.id, setup.address);
    await once(socket, 'listening');
    socket.setRecvBufferSize(RECEIVE_BUFFER);
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

function arm(number: number): void {
  run = number;
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
  const tick = () => {
    const due = Math.floor(((monotonicMs() - startedAt) * setup.rate) / 1000);
    for (const flow of flows) while (flow.sent < due) sendOne(flow);
    timer = setTimeout(tick, TICK_MS);
  };
  tick();
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
  const drops = kernelDrops();
  return flows.map((flow) => ({
    peer: flow.peer,
    sent: flow.sent,
    overrun: (drops.get(BASE_PORT + flow.peer) ?? 0) - flow.dropsBefore,
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
  if (command.op === 'arm') return arm(command.run);
  if (command.op === 'send') return startSending();
  if (command.op === 'stop') return stopSending();
  return report();
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await obey(JSON.parse(line));
  process.stdout.write(`${JSON.stringify(answer ?? null)}\n`);
}
process.exit(0);
