/** What a host with a good key can send if it wants: any plaintext at all. */

import { FRAGMENT_HEADER_SIZE, writeFragmentHeader } from '../../src/core/fragment/fragmenter.js';
import { CONTROL_PLAIN_AT } from '../../src/core/layout.js';
import { HEARTBEAT_SIZE } from '../../src/core/wire/heartbeat.js';
import { INNER_SIZE } from '../../src/core/wire/inner.js';
import { KIND_CLOSE, KIND_FRAGMENT, KIND_FRAME, KIND_PING, KIND_PONG } from '../../src/core/wire/transport.js';
import type { Host } from './host.js';
import type { Random } from './random.js';

/** Seals `plaintext` (at most 1,400 bytes) under the present keys and sends it. */
export function sendPlaintext(from: Host, to: Host, link: number, plaintext: Uint8Array): void {
  const { state } = from.lane;
  const pair = state.peers[from.indexOf(to)]!.keys.current!;
  state.arena.bytes.set(plaintext, CONTROL_PLAIN_AT);
  state.seal(state.control, pair, 1 << link, CONTROL_PLAIN_AT, plaintext.length, false);
  state.sink.transmit(state.control);
  state.control.reset();
}

/** Nonsense that resembles something: a true kind, and behind it what chance brings. Never a goodbye. */
export function nonsense(random: Random): Uint8Array {
  switch (random.int(0, 5)) {
    case 0: {
      const bytes = random.bytes(random.int(1, 1400));
      if (bytes[0] === KIND_CLOSE) bytes[0] = 0;
      return bytes;
    }
    case 1:
      return heartbeat(random);
    case 2:
      return fragment(random);
    case 3:
      return innerHeader(random);
    case 4:
      return Uint8Array.of(random.pick([KIND_FRAME, KIND_FRAGMENT, KIND_PING, KIND_PONG, 0, 5, 6, 7, 9, 255]));
    default: {
      // A group address for a source, or no room for addresses at all.
      const bytes = new Uint8Array(INNER_SIZE + random.int(0, 40));
      bytes[0] = KIND_FRAME;
      bytes.fill(0xff, INNER_SIZE);
      return bytes;
    }
  }
}

function heartbeat(random: Random): Uint8Array {
  const bytes = random.bytes(random.pick([HEARTBEAT_SIZE, HEARTBEAT_SIZE, random.int(1, 60)]));
  bytes[0] = random.pick([KIND_PING, KIND_PONG]);
  if (bytes.length !== HEARTBEAT_SIZE) return bytes;
  const view = new DataView(bytes.buffer);
  bytes[1] = random.int(0, 8);
  // Nothing is said of links that are down: a peer may condemn its own links, and that is no nonsense.
  bytes[2] = 0;
  const times = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1e300, 1e300, 0, -0, 1];
  if (random.chance(0.7)) view.setFloat64(8, random.pick(times), true);
  return bytes;
}

function fragment(random: Random): Uint8Array {
  const bytes = random.bytes(random.int(1, 1400));
  if (bytes.length < FRAGMENT_HEADER_SIZE) return bytes.fill(KIND_FRAGMENT, 0, 1);
  const total = random.pick([
    0,
    1,
    2,
    bytes.length,
    2 * (bytes.length - FRAGMENT_HEADER_SIZE),
    65_000,
    66_000,
    2 ** 24 - 1,
  ]);
  const count = random.pick([0, 1, 2, 2, 2, 3, 255]);
  writeFragmentHeader(bytes, 0, random.pick([0, 1, 2, 254, 255]), count, random.int(0, 5), total);
  if (random.chance(0.1)) bytes[3] = 1;
  return bytes;
}

/** A frame whose inner header asks the kernel for what can't be done. */
function innerHeader(random: Random): Uint8Array {
  const bytes = random.bytes(INNER_SIZE + random.int(0, 1300));
  bytes[0] = KIND_FRAME;
  bytes[1] = random.pick([1, 1, 2, 255]);
  bytes[2] = random.pick([0, 1, 3, 4, 5, 0x80, 0x81, 0x84, 0x85, 255]);
  bytes[4] = 255;
  bytes[5] = 255; // the checksum begins behind any frame
  return bytes;
}
