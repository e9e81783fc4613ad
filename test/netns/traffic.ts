/** Traffic that the tests send through the tunnel. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Lab } from '../../lab/namespaces.js';
import { pingFlood } from '../../lab/ping.js';
import type { Host } from '../../lab/topology.js';

/** Pings and demands every answer, once. @param size bytes of the IP packet; sent with "don't fragment" */
export async function mustAnswer(lab: Lab, from: Host, address: string, size?: number, count = 20): Promise<void> {
  const headers = address.includes(':') ? 48 : 28;
  const payload = size === undefined ? {} : { size: size - headers, dontFragment: true };
  const report = await pingFlood(lab, from.namespace, address, { count, ...payload });
  assert.deepEqual(report, { sent: count, lost: 0, duplicated: 0 }, `${from.name} to ${address}, size ${size}`);
}

/** The bytes are a function of their place, so that any that are lost, doubled or mixed up change the sum. */
const MEGABYTE = `
const { createHash } = await import('node:crypto');
const megabyte = (n) => Buffer.from(new Uint32Array(1 << 18).map((_, i) => Math.imul(i + (n << 18), 2654435761)).buffer);
`;

const RECEIVE = `${MEGABYTE}
const [address, megabytes] = process.argv.slice(1);
const wanted = createHash('sha256');
for (let n = 0; n < megabytes; n++) wanted.update(megabyte(n));
const want = wanted.digest('hex');
const { createServer } = await import('node:net');
const server = createServer((socket) => {
  const hash = createHash('sha256');
  socket.on('data', (data) => hash.update(data));
  socket.on('end', () => {
    process.stdout.write(hash.digest('hex') === want ? 'same' : 'different');
    process.exit(0);
  });
});
server.listen(9000, address, () => process.stdout.write('listening '));
`;

const SEND = `${MEGABYTE}
const [address, megabytes] = process.argv.slice(1);
const { connect } = await import('node:net');
const socket = connect(9000, address);
for (let n = 0; n < megabytes; n++) {
  if (!socket.write(megabyte(n))) await new Promise((resolve) => socket.once('drain', resolve));
}
socket.end();
`;

/** Sends megabytes over one TCP connection and demands that the same bytes arrive. */
export async function mustTransfer(lab: Lab, from: Host, to: Host, address: string, megabytes: number): Promise<void> {
  const node = [process.execPath, '--input-type=module', '-e'];
  const receiver = lab.spawn(to.namespace, [...node, RECEIVE, address, String(megabytes)]);
  let output = '';
  receiver.stdout?.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  const closed = once(receiver, 'close');
  while (!output.startsWith('listening')) await once(receiver.stdout as NodeJS.ReadableStream, 'data');
  lab.spawn(from.namespace, [...node, SEND, address, String(megabytes)]);
  await closed;
  assert.equal(output, 'listening same');
}
