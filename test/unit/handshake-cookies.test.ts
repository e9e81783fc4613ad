/** Cookies and mac2: a host under load answers those only who prove that they get what is sent to their address. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Primitives } from '../../src/core/crypto/primitives.js';
import { COOKIE_LIFE, CookieIssuer, openCookieReply, withMac2 } from '../../src/core/session/cookies.js';
import { Handshakes } from '../../src/core/session/handshake.js';
import type { HandshakeLimits } from '../../src/core/session/handshake-rate.js';
import type { HandshakeEvent } from '../../src/core/session/handshake-sink.js';
import { cookieKey, mac1, mac1Key } from '../../src/core/session/key-schedule.js';
import type { SessionKeys } from '../../src/core/session/keys.js';
import { INITIATION_MAC1, INITIATION_MAC2 } from '../../src/core/wire/handshake.js';
import { loadSodium } from '../../src/io/sodium.js';
import { addressRecord } from '../../src/io/udp-socket.js';
import { generator, hex, randomBytes } from './handshake-pair.js';

let primitives: Primitives;
before(async () => {
  primitives = await loadSodium();
});

const HERE = addressRecord('192.0.2.1', 20700);
const LINKS = 3;

interface Sent {
  /** The only link, or null for several. */
  link: number | null;
  bytes: Uint8Array;
}

class Host {
  readonly sent: Sent[] = [];
  readonly keys: SessionKeys[] = [];
  readonly events: HandshakeEvent[] = [];
  readonly publicKey: Uint8Array;
  readonly handshakes: Handshakes;
  #stamp = 0n;

  constructor(
    readonly hostId: number,
    limits: Partial<HandshakeLimits> = {},
  ) {
    const random = randomBytes(generator(hostId));
    const secretKey = random(32);
    this.publicKey = primitives.x25519Base(secretKey);
    this.handshakes = new Handshakes({
      primitives,
      random,
      stamp: () => ++this.#stamp,
      limits,
      sink: {
        sendOnAllLinks: (_peer, bytes, except) => {
          const links = [...Array(LINKS).keys()].filter((link) => (except & (1 << link)) === 0);
          this.sent.push({ link: links.length === 1 ? (links[0] ?? null) : null, bytes });
        },
        sendReply: (link, _address, bytes) => this.sent.push({ link, bytes }),
        established: (keys) => this.keys.push(keys),
        expired: () => {},
        event: (_peer, event) => this.events.push(event),
      },
    });
    this.handshakes.setIdentity({ secretKey, hostId, network: 'lab', cipher: 'aes-256-gcm', networkPsk: null });
  }

  knows(other: Host): this {
    this.handshakes.setPeer({ peer: other.hostId, hostId: other.hostId, publicKey: other.publicKey, psk: null });
    return this;
  }

  receive(bytes: Uint8Array, { now = 0, link = 0, from = HERE } = {}): string {
    return this.handshakes.onDatagram(link, bytes, from, now);
  }

  /** What was sent since the last time. */
  take(): Sent[] {
    return this.sent.splice(0);
  }

  /** A new initiation to `other`, as it went over most links. */
  initiate(other: Host, now = 0): Uint8Array {
    this.handshakes.connect(other.hostId, now);
    return this.take().find(({ link }) => link === null)?.bytes ?? assert.fail('nothing was sent');
  }
}

/** Two hosts that know each other; the second takes no initiation that is not proven. */
function loaded(): [Host, Host] {
  const [a, b] = [new Host(1), new Host(2, { total: 1 })];
  a.knows(b);
  b.knows(a);
  return [a, b];
}

function has(mac2: Uint8Array): boolean {
  return mac2.subarray(INITIATION_MAC2).some((byte) => byte !== 0);
}

describe('a cookie', () => {
  const issue = (issuer: CookieIssuer, from: Uint8Array, now: number): Uint8Array => {
    const publicKey = new Uint8Array(32).fill(9);
    const initiation = randomBytes(generator(7))(1336);
    initiation.fill(0, INITIATION_MAC2);
    const reply = issuer.reply(cookieKey(primitives, publicKey), initiation, from, now);
    const cookie = openCookieReply(primitives, publicKey, initiation, reply);
    assert.ok(cookie);
    assert.equal(issuer.proves(initiation, from, now), false, 'without mac2');
    return withMac2(primitives, cookie, initiation);
  };
  const issuer = () => new CookieIssuer(primitives, randomBytes(generator(3)));

  it('proves the address and the port that it was sent to, and no other', () => {
    const made = issuer();
    for (const [from, others] of [
      [HERE, [addressRecord('192.0.2.1', 20701), addressRecord('192.0.2.2', 20700), addressRecord('::1', 20700)]],
      [addressRecord('2001:db8::1', 5), [addressRecord('2001:db8::2', 5), addressRecord('2001:db8::1', 6)]],
    ] as const) {
      const initiation = issue(made, from, 0);
      assert.ok(made.proves(initiation, from, 10));
      for (const other of others) assert.equal(made.proves(initiation, other, 10), false);
    }
  });

  it('binds every byte before mac2', () => {
    const made = issuer();
    const initiation = issue(made, HERE, 0);
    for (const at of [0, 5, 700, 1303, 1310, 1319, 1320, 1335]) {
      const altered = initiation.slice();
      altered[at] = (altered[at] ?? 0) ^ 4;
      assert.equal(made.proves(altered, HERE, 0), false, `byte ${at}`);
    }
  });

  it('is heeded 120 to 240 s, whether its secret is followed by another or not', () => {
    const made = issuer();
    const first = issue(made, HERE, 0);
    assert.ok(made.proves(first, HERE, 2 * COOKIE_LIFE - 1));
    assert.equal(made.proves(first, HERE, 2 * COOKIE_LIFE), false);
    const second = issue(made, HERE, COOKIE_LIFE - 1);
    assert.equal(hex(second), hex(first), 'one secret for 120 s');
    const third = issue(made, HERE, COOKIE_LIFE);
    assert.notEqual(hex(third), hex(first));
    assert.ok(made.proves(first, HERE, COOKIE_LIFE + 1), 'the secret before');
    issue(made, HERE, 2 * COOKIE_LIFE);
    assert.equal(made.proves(first, HERE, 2 * COOKIE_LIFE - 1), false, 'the one before that');
  });

  it('of another host is worth nothing', () => {
    const other = new CookieIssuer(primitives, randomBytes(generator(4)));
    issue(other, HERE, 0);
    assert.equal(other.proves(issue(issuer(), HERE, 0), HERE, 0), false);
  });
});

describe('a host under load', () => {
  it('answers an initiation with a cookie reply, and the one that follows with a response', () => {
    const [a, b] = loaded();
    assert.equal(b.receive(a.initiate(b)), 'unproven');
    const [reply] = b.take();
    assert.equal(reply?.bytes.length, 64);
    assert.equal(b.keys.length, 0);
    assert.equal(a.receive(reply.bytes, { link: 1 }), 'ok');
    const [again, ...more] = a.take();
    assert.ok(again);
    assert.deepEqual([again.link, more.length], [1, 0], 'at once, and over the link that was asked for it');
    assert.deepEqual(a.events.at(-1), 'peer-under-load');
    assert.equal(b.receive(again.bytes), 'ok');
    const [response] = b.take();
    assert.equal(response?.bytes.length, 1188);
    assert.equal(a.receive(response.bytes), 'ok');
    assert.deepEqual(a.keys[0]?.sendKey, b.keys[0]?.receiveKey);
  });

  it('gives no session to who has the cookie of another address', () => {
    const [a, b] = loaded();
    b.receive(a.initiate(b));
    a.receive(b.take()[0]?.bytes ?? assert.fail());
    const proved = a.take()[0]?.bytes ?? assert.fail();
    assert.equal(b.receive(proved, { from: addressRecord('192.0.2.1', 20701) }), 'unproven');
    assert.equal(b.keys.length, 0);
  });

  it('answers a copy of what it has answered, with mac2 or without, as it did before', () => {
    const [a, b] = loaded();
    const plain = a.initiate(b);
    b.receive(plain);
    a.receive(b.take()[0]?.bytes ?? assert.fail());
    const proved = a.take()[0]?.bytes ?? assert.fail();
    assert.equal(b.receive(proved), 'ok');
    assert.equal(b.receive(plain), 'ok');
    const [first, second] = b.take();
    assert.deepEqual(first, second);
    assert.equal(b.keys.length, 1);
  });

  it('is silent without a good mac1', () => {
    const [a, b] = loaded();
    const bytes = a.initiate(b);
    bytes[1310] = (bytes[1310] ?? 0) ^ 1;
    assert.equal(b.receive(bytes), 'mac1');
    assert.equal(b.take().length, 0);
  });

  it('takes proven initiations while unproven ones come by the thousand, and limits its cookie replies', () => {
    const [a, b] = [new Host(1), new Host(2, { total: 20, cookies: 50, perSource: 1000 })];
    a.knows(b);
    b.knows(a);
    const noise = randomBytes(generator(11))(1336);
    noise.set([1, 0, 0, 0]);
    noise.fill(0, INITIATION_MAC2);
    noise.set(mac1(primitives, mac1Key(primitives, b.publicKey), noise, INITIATION_MAC1), INITIATION_MAC1);
    const flood = (now: number, count: number) => {
      const verdicts = Array.from({ length: count }, (_, i) =>
        b.receive(noise, { now, from: addressRecord(`10.0.${i >> 8}.${i & 255}`, 1000) }),
      );
      return ['authentication', 'unproven', 'rate'].map((one) => verdicts.filter((verdict) => verdict === one).length);
    };
    assert.deepEqual(flood(0, 1000), [10, 50, 940]);
    assert.equal(b.take().length, 50);
    assert.deepEqual(flood(999, 1000), [0, 49, 951]);
    b.take();
    assert.equal(b.receive(a.initiate(b, 1200), { now: 1200 }), 'ok', 'the load is over after a second');
    flood(1200, 1000);
    b.take();
    assert.equal(b.receive(a.initiate(b, 5000), { now: 1300 }), 'unproven');
    a.receive(b.take()[0]?.bytes ?? assert.fail(), { now: 5000 });
    const proved = a.take()[0]?.bytes ?? assert.fail();
    flood(1300, 1000);
    assert.equal(b.receive(proved, { now: 1300 }), 'ok');
    assert.equal(b.keys.length, 2);
  });
});

describe('an initiator', () => {
  it('proves itself from then on over that link, for 120 s, and over no other', () => {
    const [a, b] = loaded();
    b.receive(a.initiate(b));
    a.receive(b.take()[0]?.bytes ?? assert.fail(), { link: 2 });
    a.take();
    for (const [now, links] of [
      [10_000, [2, null]],
      [119_999, [2, null]],
      [120_000, [null]],
    ] as const) {
      a.handshakes.connect(2, now);
      const sent = a.take();
      assert.deepEqual(
        sent.map(({ link }) => link),
        links,
      );
      assert.deepEqual(
        sent.map(({ bytes }) => has(bytes)),
        links.map((link) => link === 2),
      );
    }
  });

  it('sends once more only, however often the cookie reply comes', () => {
    const [a, b] = loaded();
    b.receive(a.initiate(b));
    const reply = b.take()[0]?.bytes ?? assert.fail();
    const verdicts = Array.from({ length: 20 }, () => a.receive(reply));
    assert.equal(a.take().length, 1);
    assert.deepEqual([verdicts[0], verdicts[7], verdicts[8]], ['ok', 'ok', 'rate']);
  });

  it('takes no cookie for another initiation, from another host, or that was changed on the way', () => {
    const [a, b] = loaded();
    const c = new Host(3, { total: 1 }).knows(a);
    const first = a.initiate(b);
    b.receive(first);
    const reply = b.take()[0]?.bytes ?? assert.fail();
    for (const at of [8, 31, 32, 47, 63]) {
      const altered = reply.slice();
      altered[at] = (altered[at] ?? 0) ^ 1;
      assert.equal(a.receive(altered), 'cookie-reply', `byte ${at}`);
    }
    const wrongIndex = reply.slice();
    wrongIndex[4] = (wrongIndex[4] ?? 0) ^ 1;
    assert.equal(a.receive(wrongIndex), 'unknown-index');
    // One that the third host makes for the same initiation.
    const renamed = first.slice();
    renamed.set(mac1(primitives, mac1Key(primitives, c.publicKey), renamed, INITIATION_MAC1), INITIATION_MAC1);
    assert.equal(c.receive(renamed), 'unproven');
    assert.equal(a.receive(c.take()[0]?.bytes ?? assert.fail(), { link: 1 }), 'cookie-reply');
    a.initiate(b, 5000);
    assert.equal(a.receive(reply, { now: 5000 }), 'unknown-index', 'that initiation is gone');
    assert.equal(a.take().length, 0);
    assert.deepEqual(a.events.includes('peer-under-load'), false);
  });

  it('finishes its own handshake while strangers flood it, and forged responses spoil one link only', () => {
    const [a, b] = [new Host(1, { total: 10 }), new Host(2)];
    a.knows(b);
    b.knows(a);
    const noise = randomBytes(generator(12))(1336);
    noise.set([1, 0, 0, 0]);
    noise.set(mac1(primitives, mac1Key(primitives, a.publicKey), noise, INITIATION_MAC1), INITIATION_MAC1);
    b.receive(a.initiate(b));
    const response = b.take()[0]?.bytes ?? assert.fail();
    for (let i = 0; i < 100; i++) a.receive(noise);
    const forged = response.slice();
    forged[100] = (forged[100] ?? 0) ^ 1;
    forged.set(mac1(primitives, mac1Key(primitives, a.publicKey), forged, 1156), 1156);
    const verdicts = Array.from({ length: 20 }, () => a.receive(forged, { link: 0 }));
    assert.deepEqual([verdicts[7], verdicts[8]], ['authentication', 'rate']);
    assert.equal(a.receive(response, { link: 1 }), 'ok');
    assert.equal(a.keys.length, 1);
  });
});

describe('the primitives', () => {
  it('seal by XChaCha20-Poly1305 as draft-irtf-cfrg-xchacha-03, A.3.1, has it', () => {
    const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
    const key = Uint8Array.from({ length: 32 }, (_, i) => 0x80 + i);
    const nonce = Uint8Array.from({ length: 24 }, (_, i) => 0x40 + i);
    const ad = bytes('50515253c0c1c2c3c4c5c6c7');
    const text =
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
    const sealed = primitives.xchachaSeal(key, nonce, ad, new Uint8Array(Buffer.from(text)));
    assert.equal(hex(sealed.subarray(0, 16)), 'bd6d179d3e83d43b9576579493c0e939');
    assert.equal(hex(sealed.subarray(-16)), 'c0875924c1c7987947deafd8780acf49');
    assert.equal(Buffer.from(primitives.xchachaOpen(key, nonce, ad, sealed) ?? []).toString(), text);
    assert.equal(primitives.xchachaOpen(key, nonce, new Uint8Array(0), sealed), null);
  });
});
