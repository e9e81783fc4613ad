/** The book of invitations: whom it lets in, whom it tells why not, and to whom it says nothing. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Primitives } from '../../src/core/crypto/primitives.js';
import { JoinAttempt, type JoinIdentity } from '../../src/core/session/enrolment.js';
import {
  type Admission,
  type Invitation,
  Invitations,
  MAX_INVITATIONS,
  type Verdict,
} from '../../src/core/session/invitations.js';
import type { JoinAnswer } from '../../src/core/wire/join.js';
import { loadSodium } from '../../src/io/sodium.js';
import { generator, hex, randomBytes } from './handshake-pair.js';

const HOUR = 3600_000;
const DAY = 24 * HOUR;
const NOW = 1_800_000_000_000;

let primitives: Primitives;
before(async () => {
  primitives = await loadSodium();
});

/** An inviter whose peers are a set of public keys, and joiners for it. */
class World {
  readonly random = randomBytes(generator(7));
  readonly peers = new Set<string>();
  readonly secretKey = this.random(32);
  readonly publicKey = primitives.x25519Base(this.secretKey);
  psk: Uint8Array | null = null;
  network = 'lab';
  readonly book = new Invitations({
    primitives,
    random: this.random,
    identity: () => this.identity(this.secretKey),
    isPeer: (key) => this.peers.has(hex(key)),
    grant: () => this.granted(),
  });

  identity(secretKey: Uint8Array, network = this.network): JoinIdentity {
    return { secretKey: secretKey.slice(), network, cipher: 'aes-256-gcm' };
  }

  granted(): JoinAnswer {
    return { status: 'ok', hostId: 2, psk: this.psk?.slice() ?? null, reason: '' };
  }

  invite(peer = 'b', expiresAt = NOW + HOUR): Invitation {
    const id = this.random(8);
    const invitation: Invitation = {
      id,
      secret: this.random(32),
      peer,
      hostId: 2,
      address: null,
      expiresAt,
      state: 'open',
      endedAt: null,
      joiner: null,
    };
    assert.ok(this.book.add(invitation, NOW));
    return invitation;
  }

  /** A request of a joiner; a copy of the secret is used, as on another machine. */
  attempt(invitation: Invitation, secretKey = this.random(32), options: { network?: string; hostId?: number } = {}) {
    const { id, secret } = invitation;
    const identity = this.identity(secretKey, options.network);
    const request = { hostId: options.hostId ?? 0, ends: [], name: 'joiner' };
    const made = JoinAttempt.make(
      primitives,
      this.random,
      { id: id.slice(), secret: secret.slice() },
      this.publicKey,
      identity,
      request,
    );
    assert.ok(made);
    return made;
  }

  admit(attempt: JoinAttempt, now = NOW): Admission {
    const verdict = this.book.receive(attempt.bytes, now);
    assert.equal(verdict.kind, 'admit', JSON.stringify(verdict));
    return (verdict as { admission: Admission }).admission;
  }

  /** Lets a joiner in. */
  join(attempt: JoinAttempt, now = NOW): JoinAnswer {
    const admission = this.admit(attempt, now);
    this.peers.add(hex(admission.publicKey));
    const bytes = this.book.settle(admission, this.granted());
    assert.ok(bytes);
    const answer = attempt.read(bytes);
    assert.ok(answer);
    return answer;
  }

  /** What the joiner reads out of the answer that is expected. */
  answer(attempt: JoinAttempt, now = NOW): JoinAnswer {
    const verdict = this.book.receive(attempt.bytes, now);
    assert.equal(verdict.kind, 'answer', JSON.stringify(verdict));
    const answer = attempt.read((verdict as { bytes: Uint8Array }).bytes);
    assert.ok(answer);
    return answer;
  }

  dropped(bytes: Uint8Array, now = NOW): string {
    const verdict: Verdict = this.book.receive(bytes, now);
    return verdict.kind === 'drop' ? verdict.reason : verdict.kind;
  }
}

describe('invitations', () => {
  it('let a joiner in once, and tell it the pre-shared key of the network', () => {
    const world = new World();
    world.psk = world.random(32);
    const invitation = world.invite();
    const secretKey = world.random(32);
    const attempt = world.attempt(invitation, secretKey, { hostId: 9 });
    const admission = world.admit(attempt);
    assert.equal(invitation.state, 'used', 'before anything else is done');
    assert.equal(hex(admission.publicKey), hex(primitives.x25519Base(secretKey)));
    assert.equal(admission.request.hostId, 9);
    world.peers.add(hex(admission.publicKey));
    const bytes = world.book.settle(admission, world.granted());
    const answer = attempt.read(bytes as Uint8Array);
    assert.deepEqual(answer, { status: 'ok', hostId: 2, psk: world.psk, reason: '' });
    assert.deepEqual(world.answer(world.attempt(invitation)), { status: 'used', hostId: 0, psk: null, reason: '' });
  });

  it('answer copies with the same bytes, and the same joiner anew while it is a peer', () => {
    const world = new World();
    const invitation = world.invite();
    const secretKey = world.random(32);
    const attempt = world.attempt(invitation, secretKey);
    const admission = world.admit(attempt);
    const copy = world.book.receive(attempt.bytes, NOW);
    assert.equal(copy.kind === 'again' && copy.admission, admission, 'a copy meanwhile belongs to it');
    assert.equal(world.dropped(world.attempt(invitation).bytes), 'busy');
    world.peers.add(hex(admission.publicKey));
    const bytes = world.book.settle(admission, world.granted());
    const again = world.book.receive(attempt.bytes, NOW);
    assert.deepEqual(again.kind === 'answer' && again.bytes, bytes);
    world.peers.clear();
    const replayed = world.book.receive(attempt.bytes, NOW);
    assert.equal(
      replayed.kind === 'answer' && replayed.status,
      'used',
      'a removed peer is not brought back by a replay',
    );
    assert.equal(world.answer(world.attempt(invitation, secretKey)).status, 'used', 'nor by itself');
    world.peers.add(hex(admission.publicKey));
    assert.equal(world.answer(world.attempt(invitation, secretKey), NOW + 2 * HOUR).status, 'ok');
    const other = world.random(32);
    world.peers.add(hex(primitives.x25519Base(other)));
    assert.equal(world.answer(world.attempt(invitation, other)).status, 'used', 'another peer has no part in it');
  });

  it('are open again when the joiner could not be let in', () => {
    const world = new World();
    const invitation = world.invite();
    const attempt = world.attempt(invitation);
    const refusal: JoinAnswer = { status: 'host-id-taken', hostId: 0, psk: null, reason: 'host id 2 is that of x' };
    const bytes = world.book.settle(world.admit(attempt), refusal);
    assert.deepEqual(attempt.read(bytes as Uint8Array), refusal);
    assert.equal(invitation.state, 'open');
    assert.equal(world.join(world.attempt(invitation)).status, 'ok');
  });

  it('that expired or were withdrawn say so', () => {
    const world = new World();
    const expired = world.invite('b', NOW + 1000);
    assert.equal(world.answer(world.attempt(expired), NOW + 1000).status, 'expired');
    const withdrawn = world.invite('c');
    const attempt = world.attempt(withdrawn);
    assert.ok(world.book.withdraw('c', NOW));
    assert.match(world.answer(attempt).reason, /withdrawn/);
    assert.equal(world.book.withdraw('c', NOW), false);
    const first = world.invite('d');
    world.invite('d');
    assert.equal(first.state, 'withdrawn', 'one string for a host');
  });

  it('say nothing without their secret', () => {
    const world = new World();
    const invitation = world.invite();
    const forged = world.attempt({ ...invitation, secret: world.random(32) });
    assert.equal(world.dropped(forged.bytes), 'proof');
    const { bytes } = world.attempt(invitation);
    for (let at = 12; at < bytes.length; at += 7) {
      const altered = bytes.slice();
      altered[at]! ^= 1;
      assert.equal(world.dropped(altered), 'proof', `byte ${at}`);
    }
    assert.equal(world.dropped(world.attempt({ ...invitation, id: world.random(8) }).bytes), 'unknown-invitation');
    for (const [at, reason] of [
      [0, 'malformed'],
      [1, 'malformed'],
      [3, 'malformed'],
      [4, 'unknown-invitation'],
    ] as const) {
      const altered = bytes.slice();
      altered[at]! ^= 1;
      assert.equal(world.dropped(altered), reason);
    }
    for (const length of [0, 1, bytes.length - 1]) assert.equal(world.dropped(bytes.slice(0, length)), 'malformed');
    assert.equal(world.dropped(new Uint8Array([...bytes, 0])), 'malformed');
    assert.equal(invitation.state, 'open');
  });

  it('refuse a request for another network, and one to another inviter', () => {
    const world = new World();
    const invitation = world.invite();
    assert.equal(
      world.dropped(world.attempt(invitation, world.random(32), { network: 'other' }).bytes),
      'authentication',
    );
    const other = new World();
    other.random(5);
    assert.ok(other.book.add({ ...invitation, id: invitation.id.slice(), secret: invitation.secret.slice() }, NOW));
    other.secretKey[5]! ^= 1;
    assert.equal(other.dropped(world.attempt(invitation).bytes), 'authentication');
    assert.equal(invitation.state, 'open');
  });

  it('refuse what a holder of the secret sends without sense', () => {
    const world = new World();
    const invitation = world.invite();
    const identity = world.identity(world.random(32));
    const end = { address: Uint8Array.of(192, 0, 2, 1), port: 0 };
    const content = { hostId: 0, ends: [end], name: '' };
    const attempt = JoinAttempt.make(primitives, world.random, invitation, world.publicKey, identity, content);
    assert.equal(world.dropped(attempt?.bytes ?? new Uint8Array()), 'payload');
    // An ephemeral key of low order, and noise under it.
    const label = new TextEncoder().encode('Sennit v1 join proof');
    const key = primitives.blake2b(32, Uint8Array.from([...label, ...invitation.secret]));
    const { bytes } = world.attempt(invitation);
    for (const noise of [new Uint8Array(328), world.random(328)]) {
      bytes.set(noise, 12);
      bytes.set(primitives.blake2b(32, bytes.subarray(0, 340), key), 340);
      assert.equal(world.dropped(bytes), 'authentication');
    }
    assert.equal(invitation.state, 'open');
  });

  it('refuse a key that is a peer already under another name', () => {
    const world = new World();
    const secretKey = world.random(32);
    world.peers.add(hex(primitives.x25519Base(secretKey)));
    const invitation = world.invite();
    assert.equal(world.answer(world.attempt(invitation, secretKey)).status, 'refused');
    assert.equal(invitation.state, 'open');
  });

  it('open 20 requests a second and no more', () => {
    const world = new World();
    const expired = world.invite('b', NOW);
    for (let i = 0; i < 20; i++) assert.equal(world.answer(world.attempt(expired)).status, 'expired');
    assert.equal(world.dropped(world.attempt(expired).bytes), 'rate');
    assert.equal(world.answer(world.attempt(expired), NOW + 1000).status, 'expired');
  });

  it('are wiped a day after their end, and never more than the bound', () => {
    const world = new World();
    const old = world.invite('b');
    assert.equal(world.join(world.attempt(old)).status, 'ok');
    assert.equal(world.book.prune(NOW + DAY - 1), false);
    assert.equal(world.book.prune(NOW + DAY), true);
    assert.deepEqual(old.secret, new Uint8Array(32));
    assert.deepEqual(world.book.all(), []);
    for (let i = 0; i < MAX_INVITATIONS; i++) world.invite(`p${i}`);
    const more = { ...world.invite('p0'), id: world.random(8), peer: 'more' };
    assert.equal(world.book.all().length, MAX_INVITATIONS, 'the withdrawn one gave way');
    assert.equal(world.book.add({ ...more, state: 'open' }, NOW), false);
    assert.equal(world.book.open(NOW).length, MAX_INVITATIONS);
  });

  it('forged answers do not end an attempt', () => {
    const world = new World();
    const invitation = world.invite();
    const attempt = world.attempt(invitation);
    const admission = world.admit(attempt);
    const bytes = world.book.settle(admission, world.granted()) as Uint8Array;
    for (let at = 0; at < bytes.length; at += 5) {
      const altered = bytes.slice();
      altered[at]! ^= 1;
      assert.equal(attempt.read(altered), null, `byte ${at}`);
    }
    assert.equal(attempt.read(bytes.slice(1)), null);
    assert.equal(attempt.read(attempt.bytes), null, 'its own request');
    assert.equal(world.attempt(invitation).read(bytes), null, 'the answer to another request');
    assert.equal(attempt.read(bytes)?.status, 'ok');
  });
});
