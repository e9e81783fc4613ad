/**
 * Runs inside a namespace: a TAP of its own, plugged into a bridge with the daemon's TAP, so that frames of any
 * kind can be sent and seen as a bridged machine would. Frames to send come as lines of hex on standard
 * input; those that arrive from another such program (by their source address) are printed the same way.
 *   frame-program.js TAP-NAME [all]      all: print every frame that arrives
 */
import { createInterface } from 'node:readline';
import { VNET_SIZE } from '../../src/core/wire/inner.js';
import { setInterface } from '../../src/io/interface-setup.js';
import { arena, read, write } from '../../src/io/syscalls.js';
import { openTap } from '../../src/io/tap.js';

/** First bytes of the source address of our frames; everything else on the segment is the kernels' own talk. */
const OURS = '025e';
const SOURCE_AT = 6;

const [name = '', which] = process.argv.slice(2);
/** Machines of a guide are many, and nobody measures them. */
const POLL_MS = which === 'all' ? 10 : 2;
const { fd } = openTap(name);
setInterface({ name, mtu: 9000, up: true });
const memory = arena(65_536);
const bytes = Buffer.from(memory.bytes.buffer, memory.bytes.byteOffset, memory.bytes.byteLength);

createInterface({ input: process.stdin })
  .on('line', (hex) => {
    bytes.fill(0, 0, VNET_SIZE);
    const length = bytes.write(hex, VNET_SIZE, 'hex');
    if (write(fd, memory.address, VNET_SIZE + length) < 0) process.stdout.write('refused\n');
  })
  .on('close', () => process.exit(0));

setInterval(() => {
  for (let length = read(fd, memory.address, 65_536); length > 0; length = read(fd, memory.address, 65_536)) {
    const frame = bytes.toString('hex', VNET_SIZE, length);
    if (which === 'all' || frame.startsWith(OURS, SOURCE_AT * 2)) process.stdout.write(`${frame}\n`);
  }
}, POLL_MS);
process.stdout.write('ready\n');
