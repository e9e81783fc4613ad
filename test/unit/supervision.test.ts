/** What systemd learns, over a real Unix datagram socket. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Supervision } from '../../src/daemon/supervision.js';
import { serviceManager } from '../../src/io/service-manager.js';
import { arena, bind, close, recv, socket } from '../../src/io/syscalls.js';
import { EngineDouble } from '../cli/engine-double.js';

const AF_UNIX = 1;
const SOCK_DGRAM_NONBLOCK = 2 | 0o4000;

/** The other end: what it was told, in order. */
class Listener {
  readonly told: string[] = [];
  readonly #memory = arena(4096);
  readonly #fd: number;

  /** @param path where it listens; with `@` in front, an abstract name */
  constructor(path: string) {
    const bytes = new TextEncoder().encode(path);
    this.#memory.view.setUint16(0, AF_UNIX, true);
    this.#memory.bytes.set(bytes, 2);
    if (path.startsWith('@')) this.#memory.bytes[2] = 0;
    this.#fd = socket(AF_UNIX, SOCK_DGRAM_NONBLOCK, 0);
    assert.equal(bind(this.#fd, this.#memory.address, 2 + bytes.length), 0);
  }

  /** Waits for a message that `is` it. */
  async until(is: (text: string) => boolean): Promise<void> {
    const end = Date.now() + 10_000;
    while (!this.hear().some(is)) {
      assert.ok(Date.now() < end, `not told: ${JSON.stringify(this.told)}`);
      await sleep(5);
    }
  }

  hear(): readonly string[] {
    for (;;) {
      const length = recv(this.#fd, this.#memory.address, 4096, 0);
      if (length < 0) return this.told;
      this.told.push(new TextDecoder().decode(this.#memory.bytes.subarray(0, length)));
    }
  }

  close(): void {
    close(this.#fd);
  }
}

const directory = mkdtempSync(join(tmpdir(), 'sennit-notify-'));
test.after(() => rmSync(directory, { recursive: true }));

for (const path of [join(directory, 'notify'), `@sennit-test-${process.pid}`]) {
  test(`it is told at ${path.startsWith('@') ? 'an abstract name' : 'a path'} what it must know`, async (t) => {
    const listener = new Listener(path);
    t.after(() => listener.close());
    let answers = true;
    const supervision = new Supervision({
      manager: serviceManager({ NOTIFY_SOCKET: path }),
      environment: { WATCHDOG_USEC: '20000' },
      peers: () => new EngineDouble().peers(),
      lane: () => (answers ? Promise.resolve() : new Promise(() => undefined)),
    });
    supervision.ready();
    await listener.until((text) => text === 'READY=1\nSTATUS=0 of 0 peers connected, 0 of 0 links up');
    await listener.until((text) => text === 'WATCHDOG=1');
    answers = false;
    await sleep(50); // what was asked before may have been answered
    const before = listener.hear().length;
    await sleep(100);
    assert.equal(listener.hear().length, before, 'a data path that does not answer is no sign of life');
    supervision.stopping();
    await listener.until((text) => text === 'STOPPING=1');
  });
}

test('without systemd nothing is told, and nothing fails when it is gone', () => {
  const options = { peers: () => [], lane: () => Promise.resolve() };
  for (const environment of [{}, { NOTIFY_SOCKET: '' }, { NOTIFY_SOCKET: join(directory, 'nobody') }]) {
    const supervision = new Supervision({ manager: serviceManager(environment), environment, ...options });
    supervision.ready();
    supervision.stopping();
  }
});
