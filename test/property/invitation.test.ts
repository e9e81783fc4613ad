/** The string that invites, and the payloads of join datagrams: what is written is read, all else is refused. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { EngineError } from '../../src/control/engine.js';
import {
  decodeJoinAnswer,
  decodeJoinRequest,
  encodeJoinAnswer,
  encodeJoinRequest,
  type JoinAnswer,
  type JoinRequest,
} from '../../src/core/wire/join.js';
import { decodeInvitation, encodeInvitation, type InvitationContent } from '../../src/daemon/invitation-string.js';

/** Plain objects, as the decoders make them. */
const record = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(fields, { noNullPrototype: true });
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const id = fc.integer({ min: 1, max: 65535 });
const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/);
const ipv4 = fc.ipV4().filter((address) => address !== '0.0.0.0');
const ipv6 = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((raw) =>
    new URL(`http://[${(Buffer.from(raw).toString('hex').match(/..../g) ?? []).join(':')}]/`).hostname.slice(1, -1),
  )
  .filter((address) => address !== '::' && !address.startsWith('::ffff:'));
const links = fc.uniqueArray(
  record({ link: fc.integer({ min: 0, max: 7 }), address: fc.oneof(ipv4, ipv6), port: id }),
  { minLength: 1, maxLength: 8, selector: ({ link }) => link },
);
const content: fc.Arbitrary<InvitationContent> = record({
  cipher: fc.constantFrom('aes-256-gcm' as const, 'chacha20-poly1305' as const),
  id: bytes(8),
  secret: bytes(32),
  publicKey: bytes(32),
  expires: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  hostId: id,
  joinerId: id,
  network: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/),
  name,
  peer: name,
  address: fc.option(ipv4.map((address) => `${address}/24`)),
  links,
}).filter(({ hostId, joinerId }) => hostId !== joinerId);

describe('the string of an invitation', () => {
  it('gives back what went in, whatever white space came between', () => {
    fc.assert(
      fc.property(content, fc.nat(), (given, at) => {
        const text = encodeInvitation(given);
        assert.match(text, /^sennit1:[\w-]+$/);
        const cut = at % text.length;
        assert.deepEqual(decodeInvitation(` ${text.slice(0, cut)}\n  ${text.slice(cut)}\r\n`), given);
      }),
    );
  });

  it('is refused when it was cut or altered, and the refusal does not repeat it', () => {
    fc.assert(
      fc.property(content, fc.nat(), fc.nat(), (given, from, length) => {
        const text = encodeInvitation(given);
        const at = 8 + (from % (text.length - 8));
        const cut = text.slice(0, at) + text.slice(at + 1 + (length % 20));
        const altered = `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;
        for (const bad of [cut, altered, `${text}A`]) {
          assert.throws(
            () => decodeInvitation(bad),
            (error) => error instanceof EngineError && !error.message.includes(text.slice(8, 40)),
          );
        }
      }),
    );
  });

  it('of random bytes with a good checksum is refused or makes sense', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (body) => {
        const sum = createHash('sha256').update(body).digest().subarray(0, 4);
        const text = `sennit1:${Buffer.concat([body, sum]).toString('base64url')}`;
        try {
          assert.equal(encodeInvitation(decodeInvitation(text)), text);
        } catch (error) {
          assert.ok(error instanceof EngineError, String(error));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('says what is wrong with it', () => {
    const wrong = (text: string, message: RegExp) => assert.throws(() => decodeInvitation(text), { message });
    wrong('', /no invitation/);
    wrong('hello', /no invitation/);
    wrong('sennit2:AAAA', /version 2/);
    wrong('sennit1:', /incomplete/);
    wrong('sennit1:AAAA', /incomplete/);
  });
});

const end = record({
  address: fc.oneof(bytes(4), bytes(16)).filter((address) => address.some((byte) => byte !== 0)),
  port: id,
});
const request: fc.Arbitrary<JoinRequest> = record({
  hostId: fc.integer({ min: 0, max: 65535 }),
  ends: fc.array(fc.option(end), { minLength: 8, maxLength: 8 }),
  name: fc.stringMatching(/^[ -~]{0,63}$/),
});
const answer: fc.Arbitrary<JoinAnswer> = fc.oneof(
  record({
    status: fc.constant('ok' as const),
    hostId: id,
    psk: fc.option(bytes(32)),
    reason: fc.stringMatching(/^[ -~]{0,127}$/),
  }),
  record({
    status: fc.constantFrom('used' as const, 'expired' as const, 'host-id-taken' as const, 'refused' as const),
    hostId: fc.constant(0),
    psk: fc.constant(null),
    reason: fc.stringMatching(/^[ -~]{0,127}$/),
  }),
);

describe('payloads of join datagrams', () => {
  it('give back what went in', () => {
    fc.assert(fc.property(request, (given) => assert.deepEqual(decodeJoinRequest(encodeJoinRequest(given)), given)));
    fc.assert(fc.property(answer, (given) => assert.deepEqual(decodeJoinAnswer(encodeJoinAnswer(given)), given)));
  });

  it('have one form: what is read is written the same', () => {
    const altered = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(request, answer, altered, (someRequest, someAnswer, changes) => {
        const first = alter(encodeJoinRequest(someRequest), changes);
        const read = decodeJoinRequest(first);
        if (read !== null) assert.deepEqual(encodeJoinRequest(read), first);
        const second = alter(encodeJoinAnswer(someAnswer), changes);
        const readAnswer = decodeJoinAnswer(second);
        if (readAnswer !== null) assert.deepEqual(encodeJoinAnswer(readAnswer), second);
      }),
      { numRuns: 1000 },
    );
  });

  it('of any other length are refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (random) => {
        if (random.length !== 232) assert.equal(decodeJoinRequest(random), null);
        if (random.length !== 168) assert.equal(decodeJoinAnswer(random), null);
      }),
    );
  });

  it('carry text that a person can read and a terminal can show', () => {
    const told = decodeJoinAnswer(
      encodeJoinAnswer({ status: 'refused', hostId: 0, psk: null, reason: 'a\u001bb\u00e9' }),
    );
    assert.equal(told?.reason, 'a?b?');
    const long = { hostId: 1, ends: [], name: 'x'.repeat(99) };
    assert.equal(decodeJoinRequest(encodeJoinRequest(long))?.name, 'x'.repeat(63));
  });
});

function alter(given: Uint8Array, changes: readonly (readonly [number, number])[]): Uint8Array {
  for (const [at, byte] of changes) given[at % given.length] = byte;
  return given;
}
