/**
 * What the kernel says of interfaces and addresses, garbled. The reader takes what is sound and names what
 * is not; the table it fills holds no more than was told.
 */
import assert from 'node:assert/strict';
import { parseAddress } from '../../../src/io/netlink/address-text.js';
import * as k from '../../../src/io/netlink/constants.js';
import { InterfaceTable, isRunning } from '../../../src/io/netlink/interface-table.js';
import { decodeMessages, encodeAddress, encodeLink } from '../../../src/io/netlink/messages.js';
import type { Random } from '../../sim/random.js';
import { edge, mutate } from '../mutate.js';
import type { Target } from '../target.js';

const NLMSGHDR = 16;
const MOST = 60_000;
const ADDRESSES = ['192.0.2.1', '127.0.0.1', '2001:db8::1', '::1', 'fe80::1'].map((text) => parseAddress(text)!);

let table = new InterfaceTable();
let corpus: Uint8Array[] = [];

export const netlink: Target = {
  name: 'netlink',
  life: 500,
  quick: 3000,

  begin(random) {
    table = new InterfaceTable();
    corpus = Array.from({ length: 20 }, () => message(random));
  },

  run(random, note) {
    const parts = Array.from({ length: random.int(1, 4) }, () => random.pick(corpus));
    const sound = new Uint8Array(Buffer.concat(parts));
    const changed = random.chance(0.6) ? mutate(random, sound, corpus) : fields(random, sound);
    const bytes = changed.subarray(0, MOST);
    note(bytes);
    const { messages, refusal } = decodeMessages(bytes);
    assert.ok(messages.length <= Math.floor(bytes.length / NLMSGHDR));
    if (messages.length === 0 && bytes.length > 0) assert.notEqual(refusal, null);
    for (const each of messages) {
      table.apply(each);
      if (each.kind === 'link' && each.link.name !== null) assert.ok(each.link.name.length <= bytes.length);
      if (each.kind === 'address') assertAddress(each.address);
    }
    for (const address of ADDRESSES)
      for (const link of table.holders(address)) assert.equal(typeof isRunning(link), 'boolean');
    if (random.chance(0.05)) corpus[random.int(0, corpus.length - 1)] = message(random);
  },
};

function assertAddress({
  family,
  prefixLength,
  local,
  address,
}: {
  family: number;
  prefixLength: number;
  local: Uint8Array | null;
  address: Uint8Array | null;
}): void {
  const size = family === k.AF_INET ? 4 : family === k.AF_INET6 ? 16 : null;
  if (size === null) return;
  assert.ok(prefixLength <= size * 8);
  for (const each of [local, address]) if (each !== null) assert.equal(each.length, size);
}

function message(random: Random): Uint8Array {
  const header = { type: 0, flags: 0, seq: random.word(), pid: 0 };
  switch (random.int(0, 3)) {
    case 0:
      return encodeLink(
        { ...header, type: random.pick([k.RTM_NEWLINK, k.RTM_DELLINK]) },
        { index: random.int(1, 5), name: 'eth0', mtu: 1500, flags: edge(random), address: random.bytes(6), master: 3 },
      );
    case 1:
    case 2: {
      const { family, bytes } = random.pick(ADDRESSES);
      const fields = {
        index: random.int(1, 5),
        family,
        prefixLength: random.int(0, bytes.length * 8),
        local: bytes,
        address: bytes,
      };
      return encodeAddress({ ...header, type: random.pick([k.RTM_NEWADDR, k.RTM_DELADDR]) }, fields);
    }
    default:
      return refusal(random);
  }
}

/** An error with the request that it is about and the kernel's words, or the end of a dump. */
function refusal(random: Random): Uint8Array {
  const text = new TextEncoder().encode('no such thing\0\0\0');
  const request = encodeLink({ type: k.RTM_SETLINK, flags: 0, seq: 1, pid: 0 }, { index: 1 });
  const bytes = new Uint8Array(NLMSGHDR + 4 + request.length + 4 + text.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, random.pick([k.NLMSG_ERROR, k.NLMSG_DONE]), true);
  view.setUint16(6, random.pick([0, k.NLM_F_ACK_TLVS, k.NLM_F_ACK_TLVS | k.NLM_F_CAPPED]), true);
  view.setInt32(NLMSGHDR, -random.int(0, 130), true);
  bytes.set(request, NLMSGHDR + 4);
  const at = NLMSGHDR + 4 + request.length;
  view.setUint16(at, 4 + text.length, true);
  view.setUint16(at + 2, k.NLMSGERR_ATTR_MSG, true);
  bytes.set(text, at + 4);
  return bytes;
}

/** Lengths and types, which lie at even places. */
function fields(random: Random, bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  for (let changes = random.int(1, 3); changes > 0; changes--) {
    const at = 2 * random.int(0, (copy.length - 4) >> 1);
    if (random.chance(0.5)) view.setUint16(at, edge(random) & 0xffff, true);
    else view.setUint32(at, edge(random), true);
  }
  return copy;
}
