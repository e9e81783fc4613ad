/** Strings that invite: copied wrongly, cut, and made by somebody else with a good checksum. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { EngineError } from '../../../src/control/engine.js';
import { decodeInvitation, encodeInvitation, type InvitationContent } from '../../../src/daemon/invitation-string.js';
import type { Random } from '../../sim/random.js';
import { mutate } from '../mutate.js';
import { mutateText } from '../mutate-text.js';
import type { Target } from '../target.js';

const PREFIX = 'sennit1:';
const CHECKSUM = 4;

export const invitation: Target = {
  name: 'invitation',
  life: 1000,
  quick: 1000,
  begin() {},

  run(random, note) {
    const good = encodeInvitation(content(random));
    const text = random.chance(0.4) ? mutateText(random, good) : resealed(random, good);
    note(new TextEncoder().encode(text));
    let read: InvitationContent;
    try {
      read = decodeInvitation(text);
    } catch (error) {
      assert.ok(error instanceof EngineError, `${error}`);
      return;
    }
    // One string for one invitation: what was read is written the same.
    assert.equal(encodeInvitation(read), text.replace(/\s+/g, ''));
  },
};

function resealed(random: Random, good: string): string {
  const bytes = Buffer.from(good.slice(PREFIX.length), 'base64url');
  const body = mutate(random, new Uint8Array(bytes.subarray(0, -CHECKSUM)));
  const checksum = createHash('sha256').update(body).digest().subarray(0, CHECKSUM);
  return PREFIX + Buffer.concat([body, checksum]).toString('base64url');
}

function content(random: Random): InvitationContent {
  const numbers = [0, 1, 2, 3].slice(0, random.int(1, 4));
  return {
    cipher: random.pick(['aes-256-gcm', 'chacha20-poly1305']),
    id: random.bytes(8),
    secret: random.bytes(32),
    publicKey: random.bytes(32),
    expires: random.word(),
    hostId: random.int(1, 100),
    joinerId: random.int(101, 65_535),
    network: 'lab',
    name: 'host1',
    peer: 'host2',
    address: random.pick([null, '10.9.0.2/24', 'fd00::2/64']),
    links: numbers.map((link) => ({
      link,
      address: random.pick(['192.0.2.1', '2001:db8::1']),
      port: random.int(1, 65_535),
    })),
  };
}
