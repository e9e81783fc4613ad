/**
 * One host's part of the numbered UDP probe; lab/probe.ts starts it inside the host's namespace. Commands are lines of
 * JSON on standard input, each answered with a line; at the end of input it ends.
 *
 * There is one socket per other host, so that each flow has a receive buffer of its own; what this
 * program itself was too slow to take is read from the kernel's count of drops, and told apart.
 *
 * It costs little, because it shares the machine with what it measures: while it sends it wakes twice a millisecond,
 * takes what has come with one recvmmsg a socket, and sends what is due with one sendmmsg. A real-time
 * thread, as the daemon's lane is: its own pauses would look like the network's.
 */
import { MessageVector } from '../src/io/message-vector.js';
import { Poller } from '../src/io/poller.js';
import { arena, type MappedArena, sendmmsg } from '../src/io/syscalls.js';
import { addressRecord, receiveDrops } from '../src/io/udp-socket.js';
import { CommandLines, STDIN } from './command-lines.js';
import { earlyThread } from './early.js';
import { monotonicMs } from './monotonic.js';
import { type Arrivals, FlowRecord, LARGEST_DATAGRAM, readDatagram, writeDatagram } from './probe-datagram.js';
import { boundSocket, EAGAIN, MSG_DONTWAIT, ReceiveBatch, SOCKADDR_IN, SOCKADDR_IN6 } from './udp-batch.js';

/** Port of the socket on any host that talks with host `id`: this plus `id`. */
const BASE_PORT = 7000;
const TICK_MS = 0.5;
const BATCH = 64;
const COMMANDS = 0;

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
  /** The longest that this probe, which looks at the clock at every tick while it sends, was not let run. */
  lateMs: number;
}

interface Flow {
  peer: number;
  fd: number;
  /** The peer's struct sockaddr_in or sockaddr_in6. */
  target: MappedArena;
  targetLength: number;
  /** Of the poller. */
  place: number;
  /** Numbers given out so far in this run, and how many are to be. */
  sent: number;
  due: number;
  record: FlowRecord;
  dropsBefore: number;
}

/** When sending began, and when it was last seen to; milliseconds. */
interface Clock {
  startedAt: number;
  lastTick: number;
}

const commands = new CommandLines<Command>(obey);
const arrivals = new ReceiveBatch(BATCH, LARGEST_DATAGRAM);
const messages = new MessageVector(BATCH);
const slots = arena(BATCH * LARGEST_DATAGRAM);
/** The datagrams in the slots, of the size of this run. */
let outgoing: Buffer[] = [];
const idle = new Poller(1);
let poller = new Poller(1);
let setup: WorkerSetup;
let run = 0;
/** Null while nothing is sent by the clock. */
let sending = null as Clock | null;
let lateMs = 0;
const flows: Flow[] = [];

function open(wanted: WorkerSetup): void {
  setup = wanted;
  poller = new Poller(1 + setup.peers.length);
  setup.peers.forEach(({ id, address }, index) => {
    const targetLength = address.includes(':') ? SOCKADDR_IN6 : SOCKADDR_IN;
    const target = arena(SOCKADDR_IN6);
    target.bytes.set(addressRecord(address, BASE_PORT + setup.id).subarray(0, targetLength));
    const fd = boundSocket(setup.address, BASE_PORT + id);
    const flow = { peer: id, fd, target, targetLength, place: 1 + index, sent: 0, due: 0, dropsBefore: 0 };
    poller.set(flow.place, fd);
    flows.push({ ...flow, record: new FlowRecord(0) });
  });
}

/** Takes what has come. */
function receive(flow: Flow): void {
  let count: number;
  do {
    count = arrivals.receive(flow.fd);
    const now = monotonicMs();
    for (let i = 0; i < count; i++) {
      const stamp = readDatagram(arrivals.bytesOf(i));
      if (stamp === null || stamp.from !== flow.peer || stamp.to !== setup.id) flow.record.corrupt();
      // Not this run: a straggler of the one before.
      else if (stamp.run === run) flow.record.arrived(stamp.number, stamp.sentAt, now);
    }
  } while (count === BATCH);
}

function arm(number: number, size = setup.size): void {
  run = number;
  setup.size = size;
  lateMs = 0;
  outgoing = Array.from({ length: BATCH }, (_, i) =>
    Buffer.from(slots.bytes.buffer, slots.bytes.byteOffset + i * LARGEST_DATAGRAM, size),
  );
  for (const flow of flows) {
    flow.sent = 0;
    flow.due = 0;
    flow.record = new FlowRecord(monotonicMs());
    flow.dropsBefore = receiveDrops(flow.fd);
  }
}

function startSending(): void {
  const now = monotonicMs();
  sending = { startedAt: now, lastTick: now };
}

/** What is due by the clock, so that a late tick changes the pace for a moment but not the number. */
function sendDue(clock: Clock): void {
  const now = monotonicMs();
  lateMs = Math.max(lateMs, now - clock.lastTick - TICK_MS);
  clock.lastTick = now;
  for (const flow of flows) {
    flow.due = Math.floor(((now - clock.startedAt) * setup.rate) / 1000);
    sendTo(flow);
  }
}

function burst(count: number): void {
  for (const flow of flows) {
    flow.due += count;
    sendTo(flow);
  }
}

/** Sends up to the number that is due. What the socket has no room for stays due; what the kernel refuses counts as sent. */
function sendTo(flow: Flow): void {
  while (flow.sent < flow.due) {
    messages.count = 0;
    const count = Math.min(BATCH, flow.due - flow.sent);
    const sentAt = monotonicMs();
    for (const [i, datagram] of outgoing.slice(0, count).entries()) {
      writeDatagram(datagram, { run, from: setup.id, to: flow.peer, number: flow.sent + i, sentAt });
      const data = slots.address + i * LARGEST_DATAGRAM;
      messages.put(0, flow.target.address, flow.targetLength, data, datagram.length, 0);
    }
    const taken = sendmmsg(flow.fd, messages.addressOf(0), count, MSG_DONTWAIT);
    if (taken === -EAGAIN) return;
    flow.sent += Math.max(1, taken);
  }
}

function stopSending(): void {
  sending = null;
  for (const flow of flows) flow.record.senderStopped(monotonicMs());
}

function report(): PeerReport[] {
  return flows.map((flow) => ({
    peer: flow.peer,
    sent: flow.sent,
    overrun: receiveDrops(flow.fd) - flow.dropsBefore,
    lateMs,
    ...flow.record.arrivals,
  }));
}

function obey(command: Command): PeerReport[] | undefined {
  if (command.op === 'open') open(command.setup);
  else if (command.op === 'arm') arm(command.run, command.size);
  else if (command.op === 'send') startSending();
  else if (command.op === 'burst') burst(command.count);
  else if (command.op === 'stop') stopSending();
  else return report();
  return undefined;
}

earlyThread().setRealtime(true);
for (;;) {
  if (sending !== null) idle.wait(sending.lastTick + TICK_MS - monotonicMs());
  poller.set(COMMANDS, STDIN);
  poller.wait(sending === null ? Number.POSITIVE_INFINITY : 0);
  for (const flow of flows) if (poller.events(flow.place) !== 0) receive(flow);
  if (poller.events(COMMANDS) !== 0 && !commands.obeyAll()) break;
  if (sending !== null) sendDue(sending);
}
process.exit(0);
