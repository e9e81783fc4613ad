/**
 * The ping flood of the lab: Debian's `ping`, so many requests at a fixed pace or each upon an answer. It goes on beyond that number until every
 * one of them is answered: ping itself waits no longer for its last answers than twice the slowest one before took, and a
 * machine that stands still for a moment would count as loss.
 */
import { createInterface } from 'node:readline';
import type { Lab } from './namespaces.js';

export interface PingReport {
  sent: number;
  lost: number;
  duplicated: number;
}

export interface PingOptions {
  /** How many requests count, below 60,000 since their numbers have 16 bits; or until when they do. */
  count: number | Promise<unknown>;
  /**
   * Milliseconds between two requests. If not given, the next follows an answer: ping's own socket holds only some ten
   * large ones, and after a standstill many may come at once.
   */
  intervalMs?: number;
  /** Bytes of ICMP payload. */
  size?: number;
  /** Never fragment, neither here nor on the way. */
  dontFragment?: boolean;
  /** Milliseconds that an answer is waited for; what comes later is lost. Five seconds if not given. */
  patienceMs?: number;
}

const PATIENCE_MS = 5000;

const ANSWER = /bytes from .*icmp_seq=(\d+)/;

/** Floods `address` from a namespace; resolves when all answers are in, or are not to be expected any more. */
export function pingFlood(lab: Lab, namespace: string, address: string, options: PingOptions): Promise<PingReport> {
  const { count, intervalMs, patienceMs = PATIENCE_MS } = options;
  const pace = intervalMs === undefined ? ['-A'] : ['-i', (intervalMs / 1000).toFixed(3)];
  const command = ['ping', '-n', ...pace];
  if (options.size !== undefined) command.push('-s', String(options.size));
  if (options.dontFragment) command.push('-M', 'do');
  const child = lab.spawn(namespace, [...command, address]);
  const end = (): boolean => child.kill('SIGINT');
  let silence = setTimeout(end, patienceMs);
  /** How often each was answered. */
  const answers: number[] = [];
  let wanted = typeof count === 'number' ? count : Number.POSITIVE_INFINITY;
  /** When the first answer came that was not wanted any more. */
  let overAt = Number.POSITIVE_INFINITY;
  let output = '';
  const answered = () => answers.slice(0, wanted + 1).filter((times) => times > 0).length;
  // The next one must be answered, too: else a fault that lasts until then would not be seen.
  const stop = (): void => {
    wanted = Math.max(1, answers.length);
  };
  if (typeof count !== 'number') count.then(stop, stop);
  const read = (line: string): void => {
    const number = Number(ANSWER.exec(line)?.[1] ?? 0);
    if (number === 0) {
      output += `${line}\n`;
      return;
    }
    answers[number] = (answers[number] ?? 0) + 1;
    clearTimeout(silence);
    silence = setTimeout(end, patienceMs);
    if (number > wanted) overAt = Math.min(overAt, performance.now());
    if (answered() === wanted || performance.now() > overAt + patienceMs) end();
  };
  for (const stream of [child.stdout, child.stderr]) if (stream) createInterface({ input: stream }).on('line', read);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => {
      clearTimeout(silence);
      const transmitted = Number(/(\d+) packets transmitted/.exec(output)?.[1] ?? 0);
      if (transmitted === 0) return reject(new Error(`ping ${address} failed: ${output.trim()}`));
      const sent = Math.min(wanted, transmitted);
      const duplicated = answers.slice(0, sent + 1).reduce((sum, times) => sum + times - 1, 0);
      resolve({ sent, lost: sent - answered(), duplicated });
    });
  });
}
