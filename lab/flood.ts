/** A flood of initiations at a daemon of the lab, from a namespace that need not have one. */
import { fileURLToPath } from 'node:url';
import type { Lab } from './namespaces.js';

const PROGRAM = fileURLToPath(new URL('./flood-program.js', import.meta.url));

/** One address and port, many ports of one address, or forged addresses. */
export type Sources = 'one' | 'ports' | 'forged';

export interface FloodOptions {
  /** Of the host that is flooded, in base64. */
  publicKey: string;
  address: string;
  port: number;
  sources: Sources;
  /** Datagrams a second. */
  rate: number;
  milliseconds: number;
}

/** Floods; resolves with how many datagrams went out when that is over. @throws Error when it can't */
export async function flood(lab: Lab, namespace: string, options: FloodOptions): Promise<number> {
  const { publicKey, address, port, sources, rate, milliseconds } = options;
  const args = [publicKey, address, port, sources, rate, milliseconds].map(String);
  const child = lab.spawn(namespace, [process.execPath, PROGRAM, ...args]);
  let [output, complaint] = ['', ''];
  child.stderr?.on('data', (text) => {
    complaint += text;
  });
  for await (const chunk of child.stdout ?? []) output += chunk;
  if (output === '') throw new Error(`no flood: ${complaint}`);
  return JSON.parse(output).sent;
}
