/**
 * One end of the TCP stream; lab/stream.ts starts it inside a host's namespace. Commands are lines of JSON on standard
 * input, each answered with a line. The bytes are a counter through a multiplication, so that none is like its neighbours;
 * both ends keep a SHA-256 over what they wrote or read.
 */
import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { earlyThread } from './early.js';

export type Command =
  | { op: 'listen'; address: string; port: number }
  /** Connects, and begins to write so many bytes a second. */
  | { op: 'write'; address: string; port: number; rate: number }
  /** Writes no more; ends the connection. */
  | { op: 'stop' }
  /** Waits so long at most for the end of the stream. */
  | { op: 'report'; patienceMs: number };

export interface StreamReport {
  bytes: number;
  /** Of all of them, in hex. */
  sha256: string;
  /** The longest time without bytes that arrived, from the first to the last; milliseconds. */
  stallMs: number;
  /** The longest that this program, which looks at the clock every few milliseconds, was not let run. */
  lateMs: number;
}

const TICK_MS = 2;
/** What may wait in the sender beyond the kernel's own buffer, bytes; then the stream is behind, and is not hurried after. */
const MOST_WAITING = 1 << 20;

let socket: Socket | null = null;
let ended = true;
let bytes = 0;
let hash: Hash = createHash('sha256');
let [stallMs, lateMs, lastTick, lastArrival] = [0, 0, 0, 0];
let timer: NodeJS.Timeout | null = null;

function begin(stream: Socket): void {
  socket = stream;
  ended = false;
  bytes = 0;
  hash = createHash('sha256');
  [stallMs, lateMs, lastTick, lastArrival] = [0, 0, performance.now(), Number.POSITIVE_INFINITY];
  stream.setNoDelay(true);
  // What a broken connection means is seen from the count of bytes.
  stream.on('error', () => {});
  stream.on('close', () => {
    ended = true;
  });
}

async function listen({ address, port }: Command & { op: 'listen' }): Promise<void> {
  const server = createServer((stream) => {
    begin(stream);
    timer = setInterval(tick, TICK_MS);
    stream.on('data', (data) => {
      const now = performance.now();
      stallMs = Math.max(stallMs, now - lastArrival);
      lastArrival = now;
      bytes += data.length;
      hash.update(data);
    });
  });
  server.listen(port, address);
  await once(server, 'listening');
}

async function write({ address, port, rate }: Command & { op: 'write' }): Promise<void> {
  const stream = createConnection({ host: address, port });
  await once(stream, 'connect');
  begin(stream);
  stream.resume();
  let last = performance.now();
  timer = setInterval(() => {
    tick();
    const now = performance.now();
    const due = Math.floor(((now - last) * rate) / 1000 / 4) * 4;
    last = now;
    if (stream.writableLength > MOST_WAITING || due === 0) return;
    const first = bytes / 4;
    const words = new Uint32Array(due / 4).map((_, i) => Math.imul(first + i, 2654435761));
    const data = Buffer.from(words.buffer);
    bytes += data.length;
    hash.update(data);
    stream.write(data);
  }, TICK_MS);
}

function tick(): void {
  const now = performance.now();
  lateMs = Math.max(lateMs, now - lastTick - TICK_MS);
  lastTick = now;
}

function stop(): void {
  if (timer !== null) clearInterval(timer);
  socket?.end();
}

async function report(patienceMs: number): Promise<StreamReport> {
  const deadline = performance.now() + patienceMs;
  while (!ended && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  if (timer !== null) clearInterval(timer);
  socket?.destroy();
  return { bytes, sha256: hash.digest('hex'), stallMs, lateMs };
}

async function obey(command: Command): Promise<unknown> {
  if (command.op === 'listen') return listen(command);
  if (command.op === 'write') return write(command);
  if (command.op === 'stop') return stop();
  return report(command.patienceMs);
}

earlyThread();
for await (const line of createInterface({ input: process.stdin })) {
  const answer = await obey(JSON.parse(line));
  process.stdout.write(`${JSON.stringify(answer ?? null)}\n`);
}
process.exit(0);
