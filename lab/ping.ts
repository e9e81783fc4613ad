/** The ping flood of the lab: Debian's `ping -f`, slowed to what a small machine carries for many pairs at once. */
import type { Lab } from './namespaces.js';

export interface PingReport {
  sent: number;
  lost: number;
  duplicated: number;
}

export interface PingOptions {
  count: number;
  /** Milliseconds between two requests. */
  intervalMs: number;
  /** Bytes of ICMP payload. */
  size?: number;
  /** Never fragment, neither here nor on the way. */
  dontFragment?: boolean;
}

/** Floods `address` from a namespace; resolves when all answers are in, or a second after the last request. */
export function pingFlood(lab: Lab, namespace: string, address: string, options: PingOptions): Promise<PingReport> {
  const interval = (options.intervalMs / 1000).toFixed(3);
  const command = ['ping', '-f', '-q', '-n', '-W', '1', '-c', String(options.count), '-i', interval];
  if (options.size !== undefined) command.push('-s', String(options.size));
  if (options.dontFragment) command.push('-M', 'do');
  const child = lab.spawn(namespace, [...command, address]);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (text) => {
      output += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => {
      const report = parseSummary(output);
      if (report === null) reject(new Error(`ping ${address} failed: ${output.trim()}`));
      else resolve(report);
    });
  });
}

/** Reads ping's "200 packets transmitted, 199 received, +1 duplicates, …"; null if it isn't there. */
export function parseSummary(output: string): PingReport | null {
  const match = /(\d+) packets transmitted, (\d+) received(?:, \+(\d+) duplicates)?/.exec(output);
  if (match === null) return null;
  const sent = Number(match[1]);
  return { sent, lost: sent - Number(match[2]), duplicated: Number(match[3] ?? 0) };
}
