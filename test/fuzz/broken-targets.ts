/** Targets with the faults that the fuzzer is there to find: so that a test can see that it does. */
import type { Target, TargetModule } from './target.js';

/** A sum over its history: what it throws depends on what was before. */
let sum = 0;

const throws: Target = {
  name: 'throws',
  life: 100,
  quick: 1,
  begin() {
    sum = 0;
  },
  run(random, note) {
    const input = random.bytes(4);
    note(input);
    sum += input[0]!;
    if (sum % 97 === 0) throw new Error(`the sum is ${sum}`);
  },
};

const hangs: Target = {
  name: 'hangs',
  life: 10,
  quick: 1,
  begin() {},
  run(random, note) {
    note(random.bytes(3));
    if (random.chance(0.2)) for (;;);
  },
};

/** Its promise never comes true, and nothing else goes on. */
const waits: Target = {
  name: 'waits',
  life: 10,
  quick: 1,
  begin() {},
  run: () => new Promise<void>(() => {}),
};

const kept: Uint8Array[] = [];

const grows: Target = {
  name: 'grows',
  life: 10,
  quick: 1,
  begin() {},
  async run() {
    kept.push(new Uint8Array(1 << 20));
    await new Promise((resolve) => setTimeout(resolve, 1));
  },
};

const sound: Target = {
  name: 'sound',
  life: 10,
  quick: 1,
  begin() {},
  run: (random, note) => note(random.bytes(10)),
};

export const targets: TargetModule['targets'] = [throws, hangs, waits, grows, sound];
