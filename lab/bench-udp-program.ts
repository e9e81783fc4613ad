/**
 * The measuring program of the UDP cases; it runs inside a namespace and does one command (a line of JSON on
 * standard input) after the other.
 *
 * It costs little, because it shares two cores with what it measures. The sender wakes every 100 us and sends what is due
 * by the clock with one `sendmmsg`, each datagram for itself (no GSO). What it missed because it was not let
 * run is not made up for: no burst is longer than 400 us. The receiver looks every 300 us and takes all
 * there is by `recvmmsg`; its buffer holds what arrives in the meantime many times over.
 */
import { createInterface } from 'node:readline';
import { MessageVector } from '../src/io/message-vector.js';
import { arena, ppoll, sendmmsg } from '../src/io/syscalls.js';
import { addressRecord } from '../src/io/udp-socket.js';
import {
  boundSocket,
  EAGAIN,
  MSG_DONTWAIT,
  must,
  ReceiveBatch,
  SLOT,
  SOCKADDR_IN,
  unboundSocket,
} from './udp-batch.js';

export type Command =
  /** Makes a socket, bound to an address of the receiver. */
  | { op: 'open'; address: string | null; port: number }
  /** Forgets what has arrived so far. */
  | { op: 'clear' }
  /** Counts datagrams of a trial for so long. */
  | { op: 'receive'; trial: number; size: number; ms: number }
  /** Sends them. */
  | { op: 'send'; trial: number; size: number; ms: number; rate: number; address: string; port: number };

export interface Received {
  received: number;
  /** From the first to the last. */
  ms: number;
}

export interface Sent {
  sent: number;
  ms: number;
}

const ENOBUFS = 105;

const SEND_TICK_MS = 0.1;
const LONGEST_BURST_MS = 0.4;
const RECEIVE_TICK_MS = 0.3;
const BATCH = 256;

const timeout = arena(16);
const datagram = arena(SLOT);
const arrivals = new ReceiveBatch(BATCH);
const target = arena(SOCKADDR_IN);
const messages = new MessageVector(BATCH);
let fd = -1;

function open({ address, port }: Command & { op: 'open' }): void {
  fd = address === null ? unboundSocket() : boundSocket(address, port);
}

function receive({ trial, size, ms }: Command & { op: 'receive' }): Received {
  let received = 0;
  let first = 0;
  let last = 0;
  const end = performance.now() + ms;
  for (let now = performance.now(); now < end; now = performance.now()) {
    let count: number;
    do {
      count = arrivals.receive(fd);
      const before = received;
      for (let i = 0; i < count; i++) {
        if (arrivals.lengthOf(i) === size && arrivals.firstWordOf(i) === trial) received += 1;
      }
      if (received > before) {
        last = performance.now();
        if (before === 0) first = last;
      }
    } while (count === BATCH);
    pause(RECEIVE_TICK_MS);
  }
  return { received, ms: last - first };
}

function clear(): void {
  while (arrivals.receive(fd) > 0);
}

function send({ trial, size, ms, rate, address, port }: Command & { op: 'send' }): Sent {
  prepare(trial, size, address, port);
  const most = Math.max(1, Math.round((rate * LONGEST_BURST_MS) / 1000));
  let sent = 0;
  let forgone = 0;
  const start = performance.now();
  let now = start;
  while (now - start < ms) {
    const due = Math.floor(((now - start) * rate) / 1000) - sent - forgone;
    forgone += Math.max(0, due - most);
    sent += sendSome(Math.min(due, most));
    const spent = performance.now() - now;
    if (spent < SEND_TICK_MS) pause(SEND_TICK_MS - spent);
    now = performance.now();
  }
  return { sent, ms: now - start };
}

function prepare(trial: number, size: number, address: string, port: number): void {
  target.bytes.set(addressRecord(address, port).subarray(0, SOCKADDR_IN));
  datagram.view.setUint32(0, trial, true);
  messages.count = 0;
  for (let i = 0; i < BATCH; i++) messages.put(0, target.address, SOCKADDR_IN, datagram.address, size, 0);
}

/** Sends `due` datagrams; fewer, if the kernel has no room. Returns how many went out. */
function sendSome(due: number): number {
  let sent = 0;
  while (sent < due) {
    const count = sendmmsg(fd, messages.addressOf(0), Math.min(due - sent, BATCH), MSG_DONTWAIT);
    if (count === -EAGAIN || count === -ENOBUFS) break;
    sent += must('sendmmsg', count);
  }
  return sent;
}

function pause(ms: number): void {
  timeout.view.setBigInt64(8, BigInt(Math.round(ms * 1e6)), true);
  ppoll(0, 0, timeout.address);
}

function obey(command: Command): Received | Sent | null {
  if (command.op === 'open') open(command);
  else if (command.op === 'clear') clear();
  else if (command.op === 'receive') return receive(command);
  else return send(command);
  return null;
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(obey(JSON.parse(line)))}\n`);
}
process.exit(0);
