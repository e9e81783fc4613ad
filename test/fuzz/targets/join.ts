/**
 * Requests to join: of strangers, who change what they saw, and of somebody with an invitation, who can put
 * anything under its proof. Nothing comes of the former; the latter are taken or refused as docs/protocol.md
 * says; and one invitation makes one host a peer, once.
 */
import assert from 'node:assert/strict';
import { ascii, concat } from '../../../src/core/crypto/bytes.js';
import { HandshakeState } from '../../../src/core/crypto/noise.js';
import type { Primitives } from '../../../src/core/crypto/primitives.js';
import { JoinAttempt, type JoinIdentity } from '../../../src/core/session/enrolment.js';
import { Invitations, type Verdict } from '../../../src/core/session/invitations.js';
import { prologue } from '../../../src/core/session/key-schedule.js';
import type { JoinAnswer } from '../../../src/core/wire/join.js';
import { loadSodium } from '../../../src/io/sodium.js';
import type { Random } from '../../sim/random.js';
import { edge, mutate, same } from '../mutate.js';
import type { Note, Target } from '../target.js';

const NETWORK = { network: 'lab', cipher: 'aes-256-gcm' as const };
const REQUEST_PAYLOAD = 232;

let primitives: Primitives | null = null;
let inviter: JoinIdentity & { publicKey: Uint8Array } = {
  ...NETWORK,
  secretKey: new Uint8Array(),
  publicKey: new Uint8Array(),
};
let invitations: Invitations | null = null;
let invitation: { id: Uint8Array; secret: Uint8Array } = { id: new Uint8Array(8), secret: new Uint8Array(32) };
/** Public keys that were admitted. */
let peers: Uint8Array[] = [];
/** What was said, in either direction. */
let heard: Uint8Array[] = [];
let now = 0;

export const join: Target = {
  name: 'join',
  life: 60,
  quick: 60,

  async begin(random) {
    primitives ??= await loadSodium();
    const secretKey = random.bytes(32);
    inviter = { ...NETWORK, secretKey, publicKey: primitives.x25519Base(secretKey) };
    now = 1e12;
    peers = [];
    heard = [random.bytes(372)];
    invitations = new Invitations({
      primitives,
      random: (length) => random.bytes(length),
      identity: () => ({ ...inviter, secretKey: inviter.secretKey.slice() }),
      isPeer: (key) => peers.some((each) => same(each, key)),
      grant: () => granted(random),
    });
    invite(random);
  },

  run(random, note) {
    now += random.pick([60, 60, 60, 1000]);
    const open = invitations!.open(now).length;
    if (open === 0 && random.chance(0.3)) invite(random);
    if (random.chance(0.7)) stranger(random, note);
    else holder(random, note);
    assert.ok(invitations!.all().length <= 64);
  },
};

function granted(random: Random): JoinAnswer {
  return { status: 'ok', hostId: 7, psk: random.chance(0.5) ? new Uint8Array(32).fill(4) : null, reason: '' };
}

function invite(random: Random): void {
  invitation = { id: random.bytes(8), secret: random.bytes(32) };
  const held = { ...invitation, peer: `p${random.int(0, 70)}`, hostId: 7, address: null, expiresAt: now + 5000 };
  invitations!.add({ ...held, secret: invitation.secret.slice(), state: 'open', endedAt: null, joiner: null }, now);
}

/** A changed copy of something: never more than a word about it. */
function stranger(random: Random, note: Note): void {
  const from = random.pick(heard);
  const bytes = mutate(random, from, heard);
  note(bytes);
  if (heard.some((each) => same(each, bytes))) return;
  const before = invitations!.open(now).length;
  const verdict = invitations!.receive(bytes, now);
  assert.equal(verdict.kind, 'drop');
  assert.equal(invitations!.open(now).length, before);
}

/** A request of a host of its own, honest or with a payload of its making. */
function holder(random: Random, note: Note): void {
  const secretKey = random.bytes(32);
  const joiner = { ...NETWORK, secretKey };
  const name = 'joiner';
  const ends = [{ address: Uint8Array.of(192, 0, 2, 1), port: 20_700 }, null, null, null, null, null, null, null];
  const attempt = JoinAttempt.make(
    primitives!,
    (length) => random.bytes(length),
    invitation,
    inviter.publicKey,
    joiner,
    {
      hostId: random.pick([0, 9]),
      ends,
      name,
    },
  )!;
  const honest = random.chance(0.4);
  const payload = honest ? new Uint8Array() : badPayload(random);
  note(honest ? attempt.bytes : payload);
  const bytes = honest ? attempt.bytes : forged(random, joiner, payload);
  heard.push(bytes);
  const wasOpen = invitations!.open(now).some(({ id }) => same(id, invitation.id));
  const verdict = invitations!.receive(bytes, now);
  if (!honest && verdict.kind === 'drop') {
    assert.ok(['payload', 'unknown-invitation', 'rate'].includes(verdict.reason), verdict.reason);
    assert.equal(
      invitations!.open(now).some(({ id }) => same(id, invitation.id)),
      wasOpen,
    );
    return;
  }
  const answer = settled(random, verdict, joiner, wasOpen);
  if (answer !== null && honest) assertRead(random, attempt, answer);
}

/** What is sent back; one that is admitted is granted or not. */
function settled(
  random: Random,
  verdict: Verdict,
  joiner: { secretKey: Uint8Array },
  wasOpen: boolean,
): Uint8Array | null {
  if (verdict.kind === 'drop') return null;
  if (verdict.kind === 'answer') {
    assert.ok(!wasOpen && verdict.status !== 'ok', `${verdict.status} to a second joiner`);
    return verdict.bytes;
  }
  assert.equal(verdict.kind, 'admit');
  assert.ok(wasOpen, 'only an open invitation admits');
  const again = invitations!.receive(heard.at(-1)!, now);
  assert.equal(again.kind, 'again', 'a copy over another link');
  const grant = random.chance(0.7);
  const { admission } = verdict;
  if (grant) peers.push(primitives!.x25519Base(joiner.secretKey));
  const none = { status: 'refused' as const, hostId: 0, psk: null, reason: 'no' };
  const bytes = invitations!.settle(admission, grant ? granted(random) : none);
  assert.equal(
    invitations!.open(now).some(({ id }) => same(id, invitation.id)),
    !grant,
  );
  return bytes;
}

/** The true answer opens, and no other does. */
function assertRead(random: Random, attempt: JoinAttempt, answer: Uint8Array): void {
  const changed = mutate(random, answer, [answer, ...heard]);
  if (!same(changed, answer)) assert.equal(attempt.read(changed), null);
  assert.notEqual(attempt.read(answer), null);
  heard.push(answer);
}

/** Numbers and lengths in it are at these places: see docs/protocol.md, "The datagrams". */
function badPayload(random: Random): Uint8Array {
  const payload = new Uint8Array(REQUEST_PAYLOAD);
  payload.set([4, 0, 0xdc, 0x50, 192, 0, 2, 1], 8);
  payload.set([5, 0x61, 0x62, 0x63, 0x64, 0x65], 168);
  const changed = random.chance(0.4) ? mutate(random, payload) : payload.slice();
  const copy = new Uint8Array(REQUEST_PAYLOAD);
  copy.set(changed.subarray(0, REQUEST_PAYLOAD));
  for (let fields = random.int(0, 2); fields > 0; fields--) {
    const link = random.int(0, 7);
    copy[random.pick([0, 2, 7, 168, 169, 231, 8 + link * 20, 9 + link * 20, 12 + link * 20])] = edge(random);
  }
  return copy;
}

function forged(random: Random, joiner: { secretKey: Uint8Array }, payload: Uint8Array): Uint8Array {
  const p = primitives!;
  const noise = new HandshakeState({
    primitives: p,
    pattern: 'IKpsk2',
    initiator: true,
    prologue: concat(ascii('Sennit v1 join'), prologue(NETWORK.network, NETWORK.cipher)),
    staticSecret: joiner.secretKey,
    staticPublic: p.x25519Base(joiner.secretKey),
    remoteStatic: inviter.publicKey,
  });
  const header = concat(Uint8Array.of(5, 0, 0, 0), invitation.id);
  noise.mixHash(header);
  const message = noise.writeMessage(payload, random.bytes(32))!;
  const key = p.blake2b(32, concat(ascii('Sennit v1 join proof'), invitation.secret));
  const whole = concat(header, message);
  return concat(whole, p.blake2b(32, whole, key));
}
