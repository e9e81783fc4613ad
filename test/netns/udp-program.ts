/**
 * Runs inside a namespace and sends UDP datagrams; in the end prints how many it sent and how many it got.
 *   udp-program.js strangers ADDRESS PORT COUNT    datagrams that no peer would send, of every shape
 *   udp-program.js blast ADDRESS PORT MILLISECONDS as many as it can, for so long
 *   udp-program.js paced ADDRESS PORT MILLISECONDS about 2000 a second (19 Mbit/s), for so long
 */
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';

/** Datagrams a millisecond. */
const PACE = 2;

const [mode = '', address = '', port = '', amount = ''] = process.argv.slice(2);
const socket = createSocket('udp4');
let sent = 0;
let received = 0;
socket.on('message', () => {
  received += 1;
});
socket.bind(0);

/** Random bytes of many lengths, most with the head of a real datagram, some of these not quite. */
function stranger(n: number): Buffer {
  const lengths = [0, 1, 15, 16, 32, 33, 64, 1188, 1336, 1400, 9000, 60_000];
  const bytes = randomBytes(lengths[n % lengths.length] ?? 0);
  if (bytes.length >= 4 && n % 3 !== 0) bytes.writeUInt32LE((n % 4) + 1 + (n % 5 === 0 ? 256 : 0));
  return bytes;
}

function send(bytes: Buffer): void {
  socket.send(bytes, Number(port), address);
  sent += 1;
}

if (mode === 'strangers') {
  for (let n = 0; n < Number(amount); n++) {
    send(stranger(n));
    if (n % 50 === 0) await sleep(1);
  }
} else {
  const bytes = Buffer.alloc(1200);
  const begun = Date.now();
  const end = begun + Number(amount);
  while (Date.now() < end) {
    if (mode !== 'paced') for (let n = 0; n < 32; n++) send(bytes);
    // By the clock: a late timer changes the pace for a moment, but not the number.
    else for (let due = (Date.now() - begun) * PACE; sent < due; ) send(bytes);
    await (mode === 'paced' ? sleep(16) : setImmediate());
  }
}
await sleep(300);
process.stdout.write(JSON.stringify({ sent, received }));
process.exit(0);
