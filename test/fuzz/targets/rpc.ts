/**
 * The control socket: requests, broken requests and raw bytes, in pieces of any size. Every line is
 * answered once and in order with a line of JSON, until one is too long, which ends the connection. Who may only
 * look changes nothing.
 */
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { serveConnection } from '../../../src/control/connection.js';
import { LineSplitter } from '../../../src/control/line-splitter.js';
import { MAX_REQUEST_BYTES, parseRequest } from '../../../src/control/messages.js';
import { EngineDouble } from '../../cli/engine-double.js';
import type { Random } from '../../sim/random.js';
import { mutate } from '../mutate.js';
import { anyLine, mutateText } from '../mutate-text.js';
import type { Target } from '../target.js';

const STARTUP_FILE = '/proc/none/sennit.conf';
const LINE_FEED = 10;

/** As much of a socket as a connection uses: it reads nothing while it is paused, and keeps what is written. */
class SocketDouble extends Duplex {
  readonly written: Buffer[] = [];
  private wanted = false;
  private stopped = false;

  constructor(private readonly chunks: Buffer[]) {
    super({ allowHalfOpen: false });
  }

  override _read(): void {
    this.wanted = true;
    this.give();
  }

  override pause(): this {
    this.stopped = true;
    return super.pause();
  }

  override resume(): this {
    this.stopped = false;
    this.give();
    return super.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.written.push(chunk);
    callback();
  }

  destroySoon(): void {
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  private give(): void {
    if (!this.wanted || this.stopped) return;
    this.wanted = false;
    process.nextTick(() => this.push(this.chunks.shift() ?? null));
  }
}

let engine = new EngineDouble();
let faults: unknown[] = [];

export const rpc: Target = {
  name: 'rpc',
  life: 200,
  quick: 150,

  begin() {
    engine = new EngineDouble();
    faults = [];
  },

  async run(random, note) {
    const bytes = stream(random);
    note(bytes);
    assertSplit(random, bytes);
    const socket = new SocketDouble(cutUp(random, bytes));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const role = random.pick(['admin', 'admin', 'reader'] as const);
    const before = [engine.applied.length, engine.macsCleared];
    serveConnection(socket as unknown as Socket, engine, {
      startupFile: STARTUP_FILE,
      role,
      report: (error) => faults.push(error),
    });
    await closed;
    assert.deepEqual(faults, [], 'an internal error');
    if (role === 'reader')
      assert.deepEqual([engine.applied.length, engine.macsCleared], before, 'a reader changes nothing');
    assertAnswers(bytes, Buffer.concat(socket.written).toString('utf8'));
  },
};

function stream(random: Random): Uint8Array {
  const lines: Uint8Array[] = [];
  for (let count = random.int(0, 6); count > 0; count--) {
    const text = new TextEncoder().encode(request(random));
    lines.push(random.chance(0.3) ? mutate(random, text) : text, Uint8Array.of(LINE_FEED));
  }
  if (random.chance(0.02))
    lines.push(new Uint8Array(MAX_REQUEST_BYTES + random.int(-1, 2)).fill(0x61), Uint8Array.of(LINE_FEED));
  if (random.chance(0.2)) lines.push(random.bytes(random.int(1, 200)));
  return new Uint8Array(Buffer.concat(lines));
}

function cutUp(random: Random, bytes: Uint8Array): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = random.pick([1, 7, 100, 5000, 70_000]);
    chunks.push(Buffer.from(bytes.subarray(at, at + size)));
    at += size;
  }
  return chunks;
}

function request(random: Random): string {
  if (random.chance(0.1))
    return random.pick(['', '[]', 'null', '1', '"x"', '{}', '[[[[', '{"id":1}', '\u0000', 'nonsense']);
  const id = random.pick<unknown>([1, 0, -1, 2 ** 53, 1.5, '1', null, {}, random.word()]);
  const method = random.pick<unknown>(['run', 'run', 'run', 'help', 'complete', 'hello', '__proto__', 'toString', 7]);
  const line = random.chance(0.9) ? mutateOrNot(random) : random.pick<unknown>([7, null, [], {}]);
  const extra: Record<string, unknown> = random.chance(0.1)
    ? { ['__proto__']: 1, constructor: {}, [mutateOrNot(random)]: [] }
    : {};
  return JSON.stringify({ id, method, line, ...extra });
}

function mutateOrNot(random: Random): string {
  return random.chance(0.6) ? anyLine(random) : mutateText(random, anyLine(random));
}

/** Lines as `split` cuts them, but never longer than a request may be: null then. */
function linesOf(bytes: Uint8Array): (string | null)[] {
  const found: (string | null)[] = [];
  let begin = 0;
  for (let at = 0; at <= bytes.length; at++) {
    if (at - begin > MAX_REQUEST_BYTES) return [...found, null];
    if (bytes[at] !== LINE_FEED) continue;
    found.push(Buffer.from(bytes.subarray(begin, at)).toString('utf8'));
    begin = at + 1;
  }
  return found;
}

/** The lines are the same in whatever pieces they come; those in one piece with a line that is too long are lost with it. */
function assertSplit(random: Random, bytes: Uint8Array): void {
  const splitter = new LineSplitter(MAX_REQUEST_BYTES);
  const found: (string | null)[] = [];
  for (const chunk of cutUp(random, bytes)) {
    const lines = splitter.push(chunk);
    found.push(...(lines ?? [null]));
    if (lines === null) break;
  }
  const expected = linesOf(bytes);
  if (expected.at(-1) === null) expected.splice(found.length - 1, expected.length - found.length);
  assert.deepEqual(found, expected);
}

function assertAnswers(bytes: Uint8Array, written: string): void {
  const answers = written.split('\n');
  assert.equal(answers.pop(), '', 'the last answer is whole');
  const lines = linesOf(bytes);
  const tooLong = lines.at(-1) === null;
  // What came in one piece with a line that is too long is not answered.
  if (tooLong) assert.ok(answers.length >= 1 && answers.length <= lines.length);
  else assert.equal(answers.length, lines.length);
  for (const [at, answer] of answers.entries()) {
    const response = JSON.parse(answer) as { id: number | null; result?: unknown; error?: unknown };
    if (tooLong && at === answers.length - 1) break;
    const asked = parseRequest(lines[at]!);
    assert.ok(response.id === asked.id, `${response.id} is the answer to ${asked.id}`);
    assert.equal(response.error === undefined, !('error' in asked));
    assert.equal(response.result === undefined, 'error' in asked);
  }
}
