/**
 * A joiner without a daemon: sends the request of an invitation, or one that was sent before, and prints what
 * comes back, as one line of JSON.
 *
 *   join-program.js STRING            {"request": HEX, "status": …, "answer": HEX}
 *   join-program.js STRING HEX        {"answer": HEX}; null when nothing comes within a second
 */

import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { JoinAttempt } from '../../src/core/session/enrolment.js';
import { decodeInvitation } from '../../src/daemon/invitation-string.js';
import { loadSodium } from '../../src/io/sodium.js';

const [text, recorded] = process.argv.slice(2);
const invitation = decodeInvitation(text ?? '');
const [link] = invitation.links;
if (link === undefined) throw new Error('no link');
const socket = createSocket('udp4');
socket.connect(link.port, link.address);
await once(socket, 'connect');
const primitives = await loadSodium();
const { network, cipher } = invitation;
const identity = { secretKey: random(32), network, cipher };
const end = { address: Uint8Array.from(socket.address().address.split('.').map(Number)), port: 20700 };
const ends = [end, null, null, null, null, null, null, null];
const content = { hostId: 0, ends, name: 'program' };
const attempt = JoinAttempt.make(primitives, random, invitation, invitation.publicKey, identity, content);
if (attempt === null) throw new Error('no attempt');
const request = recorded === undefined ? attempt.bytes : Buffer.from(recorded, 'hex');
const answered = once(socket, 'message', { signal: AbortSignal.timeout(recorded === undefined ? 10_000 : 1000) });
socket.send(request);
const answer = await answered.then(
  ([bytes]) => bytes as Buffer,
  () => null,
);
const read = answer && attempt.read(new Uint8Array(answer));
const result = {
  request: Buffer.from(request).toString('hex'),
  status: read?.status ?? null,
  answer: answer?.toString('hex') ?? null,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
socket.close();

function random(length: number): Uint8Array {
  return new Uint8Array(randomBytes(length));
}
