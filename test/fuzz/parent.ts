/** Runs each target in a process of its own, see child.ts. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Outcome } from './campaign.js';
import type { ChildInput, ChildMessage } from './child.js';
import { NO_MEMORY } from './memory.js';

const CHILD = fileURLToPath(new URL('./child.js', import.meta.url));

/** @param program what to run instead of child.ts, for tests */
export function runChild(input: ChildInput, program = CHILD): Promise<Outcome> {
  const began = performance.now();
  const child = fork(program, [JSON.stringify(input)]);
  let last = 0;
  let outcome: Outcome | null = null;
  child.on('message', (message: ChildMessage) => {
    if ('outcome' in message) outcome = message.outcome;
    else last = message.at;
  });
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      resolve(outcome ?? died(input, last, `the process died of ${signal ?? `exit code ${code}`}`, began));
    });
  });
}

function died({ target, seed }: ChildInput, last: number, how: string, began: number): Outcome {
  const finding = { target, seed, at: last, what: `${how}, in this execution or one of the next`, input: '' };
  const seconds = (performance.now() - began) / 1000;
  return { executions: last, seconds, findings: [finding], start: NO_MEMORY, end: NO_MEMORY };
}
