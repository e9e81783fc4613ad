/**
 * The relay; lab/relay.ts starts it in the switch's namespace. Each link has two sockets, one toward either host; what
 * comes in on one goes out of the other, unless the path says otherwise (`relay-path.ts`). A host sees
 * the other at the relay's address, as behind a NAT. Commands are lines of JSON on standard input; each is answered
 * with a line.
 *
 * It waits in ppoll and takes what is there with one recvmmsg a socket; a pause after each round lets batches form.
 */
import { MessageVector } from '../src/io/message-vector.js';
import { Poller } from '../src/io/poller.js';
import { arena, type MappedArena, sendmmsg } from '../src/io/syscalls.js';
import { addressRecord, receiveDrops } from '../src/io/udp-socket.js';
import { Random } from '../test/sim/random.js';
import { CommandLines, STDIN } from './command-lines.js';
import { earlyThread } from './early.js';
import { type Impairment, NOW, type PathCounts, RelayPath, WAITING } from './relay-path.js';
import { boundSocket, MSG_DONTWAIT, ReceiveBatch, SLOT, SOCKADDR_IN } from './udp-batch.js';

/** 0: toward host 1, 1: toward host 2. */
export type Side = 0 | 1;

export interface Endpoint {
  address: string;
  port: number;
}

export type Command =
  /** Each link: the relay's own endpoints toward the two hosts, and theirs. */
  | { op: 'open'; links: { own: [Endpoint, Endpoint]; hosts: [Endpoint, Endpoint] }[]; seed: number }
  /** What happens from now on to what comes from a side. */
  | { op: 'impair'; link: number; from: Side; impairment: Impairment }
  /** From now on a host sees datagrams from another port, and what it sends to the old one vanishes without an error. */
  | { op: 'rebind'; link: number; toward: Side; port: number }
  | { op: 'report' };

export interface Report {
  /** By link; the path from host 1, that from host 2. */
  paths: [PathCounts, PathCounts][];
  /** Datagrams that the relay's sockets had no room for, or that the kernel refused to send. */
  overrun: number;
}

interface End {
  fd: number;
  own: Endpoint;
  /** The host's struct sockaddr_in. */
  host: MappedArena;
}

interface Path {
  path: RelayPath;
  waiting: MappedArena;
  from: End;
  to: End;
  /** Of the poller. */
  place: number;
}

const BATCH = 64;
const COMMANDS = 0;
/** Between two rounds, milliseconds. */
const PAUSE_MS = 0.3;

const arrivals = new ReceiveBatch(BATCH);
const messages = new MessageVector(BATCH);
const commands = new CommandLines<Command>(obey);
const paths: Path[] = [];
let poller = new Poller(1);
const idle = new Poller(1);
let refused = 0;

function open({ links, seed }: Command & { op: 'open' }): void {
  const random = new Random(seed);
  poller = new Poller(1 + 2 * links.length);
  for (const { own, hosts } of links) {
    const [near, far] = [makeEnd(own[0], hosts[0]), makeEnd(own[1], hosts[1])];
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      const place = 1 + paths.length;
      poller.set(place, from.fd);
      paths.push({ path: new RelayPath(random.fork()), waiting: arena(WAITING * SLOT), from, to, place });
    }
  }
}

function makeEnd(own: Endpoint, host: Endpoint): End {
  const record = arena(SOCKADDR_IN);
  record.bytes.set(addressRecord(host.address, host.port).subarray(0, SOCKADDR_IN));
  return { fd: boundSocket(own.address, own.port), own, host: record };
}

/** The old socket stays open and unread, so that what is sent to it is not refused. */
function rebind({ link, toward, port }: Command & { op: 'rebind' }): void {
  const path = pathOf(link, toward);
  path.from.fd = boundSocket(path.from.own.address, port);
  poller.set(path.place, path.from.fd);
}

function report(): Report {
  return {
    paths: Array.from({ length: paths.length / 2 }, (_, link) => [
      pathOf(link, 0).path.counts,
      pathOf(link, 1).path.counts,
    ]),
    overrun: paths.reduce((sum, { from }) => sum + receiveDrops(from.fd), refused),
  };
}

/** The path of a link that leads away from a side. */
function pathOf(link: number, from: Side): Path {
  const path = paths[2 * link + from];
  if (path === undefined) throw new Error(`the relay has no link ${link}`);
  return path;
}

/** Takes what has come in, sends or keeps it. */
function receive({ path, waiting, from, to }: Path, now: number): void {
  let count: number;
  do {
    count = arrivals.receive(from.fd);
    for (let i = 0; i < count; i++) {
      const length = arrivals.lengthOf(i);
      const place = path.arrives(length, now);
      if (place === NOW) put(to, arrivals.addressOf(i), length);
      else if (place >= 0) waiting.bytes.set(arrivals.bytesOf(i), place * SLOT);
    }
    send(to);
  } while (count === BATCH);
}

/** Sends those whose time has come. */
function release({ path, waiting, to }: Path, now: number): void {
  while (path.dueAt <= now) {
    const { place, length } = path.take();
    put(to, waiting.address + place * SLOT, length);
    if (messages.count === BATCH) send(to);
  }
  send(to);
}

function put(to: End, address: number, length: number): void {
  messages.put(0, to.host.address, SOCKADDR_IN, address, length, 0);
}

/** Sends what was put; one that the kernel refuses is passed over. */
function send(to: End): void {
  for (let sent = 0; sent < messages.count; ) {
    const count = sendmmsg(to.fd, messages.addressOf(sent), messages.count - sent, MSG_DONTWAIT);
    if (count <= 0) refused += 1;
    sent += Math.max(1, count);
  }
  messages.count = 0;
}

function obey(command: Command): Report | undefined {
  if (command.op === 'open') open(command);
  else if (command.op === 'impair') pathOf(command.link, command.from).path.impairment = command.impairment;
  else if (command.op === 'rebind') rebind(command);
  else return report();
  return undefined;
}

earlyThread().setRealtime(true);
for (;;) {
  const due = paths.reduce((first, { path }) => Math.min(first, path.dueAt), Number.POSITIVE_INFINITY);
  poller.set(COMMANDS, STDIN);
  poller.wait(due - performance.now());
  if (poller.events(COMMANDS) !== 0 && !commands.obeyAll()) break;
  const now = performance.now();
  for (const path of paths) release(path, now);
  for (const path of paths) if (poller.events(path.place) !== 0) receive(path, now);
  idle.wait(PAUSE_MS);
}
process.exit(0);
