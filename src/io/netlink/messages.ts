/**
 * The rtnetlink messages that Sennit speaks (rtnetlink(7)). A message is a header (struct nlmsghdr:
 * length u32, type u16, flags u16, sequence u32, port u32), a fixed structure (ifinfomsg for
 * interfaces, ifaddrmsg for addresses) and attributes; one datagram holds several, each aligned to
 * 4 bytes. Numbers are in the byte order of the machine; Sennit runs on little-endian ones.
 */
import { align4, eachAttribute, MessageWriter } from './attributes.js';
import * as k from './constants.js';

const NLMSGHDR = 16;
const IFINFOMSG = 16;
const IFADDRMSG = 8;

export interface MessageHeader {
  type: number;
  flags: number;
  seq: number;
  pid: number;
}

/** An interface as a message tells it; null: the attribute is not in the message. */
export interface LinkFields {
  /** AF_UNSPEC, or AF_BRIDGE when a bridge speaks of one of its ports. */
  family: number;
  index: number;
  /** IFF_… */
  flags: number;
  /** Mask of the flags a request changes. */
  change: number;
  name: string | null;
  mtu: number | null;
  /** The hardware address; 6 bytes on Ethernet. */
  address: Uint8Array | null;
  /** Index of the bridge or bond it belongs to, 0 for none. */
  master: number | null;
  /** Packets that may wait to be sent. */
  queue: number | null;
  /** What kind of interface it is, and what is special to it: see tun-info.ts. */
  linkInfo: Uint8Array | null;
}

/** An address of an interface; null: the attribute is not in the message. */
export interface AddressFields {
  family: number;
  prefixLength: number;
  /** IFA_F_…, all 32 bits. */
  flags: number;
  scope: number;
  index: number;
  local: Uint8Array | null;
  /** The same as `local`, or the peer's on a point-to-point interface. */
  address: Uint8Array | null;
}

export type NetlinkMessage = MessageHeader &
  (
    | { kind: 'link'; link: LinkFields }
    | { kind: 'address'; address: AddressFields }
    /** The kernel's answer: errno 0 is success; `text` is its own explanation, if any. */
    | { kind: 'error'; errno: number; text: string | null }
    /** End of a dump. */
    | { kind: 'done'; errno: number }
    | { kind: 'other' }
  );

export interface DecodedDatagram {
  messages: NetlinkMessage[];
  /** Why something in the datagram was left out, or null. */
  refusal: 'header' | 'structure' | 'attribute' | null;
}

function newMessage(header: MessageHeader): MessageWriter {
  const writer = new MessageWriter();
  const at = writer.structure(NLMSGHDR);
  writer.u16(at + 4, header.type);
  writer.u16(at + 6, header.flags);
  writer.u32(at + 8, header.seq);
  writer.u32(at + 12, header.pid);
  return writer;
}

/** An interface message (RTM_NEWLINK, RTM_SETLINK, RTM_GETLINK …); what is not given is zero or absent. */
export function encodeLink(header: MessageHeader, link: Partial<LinkFields>): Uint8Array {
  const writer = newMessage(header);
  const at = writer.structure(IFINFOMSG);
  writer.u8(at, link.family ?? k.AF_UNSPEC);
  writer.u32(at + 4, link.index ?? 0);
  writer.u32(at + 8, link.flags ?? 0);
  writer.u32(at + 12, link.change ?? 0);
  if (link.name != null) writer.attributeText(k.IFLA_IFNAME, link.name);
  if (link.mtu != null) writer.attributeU32(k.IFLA_MTU, link.mtu);
  if (link.address != null) writer.attribute(k.IFLA_ADDRESS, link.address);
  if (link.master != null) writer.attributeU32(k.IFLA_MASTER, link.master);
  if (link.queue != null) writer.attributeU32(k.IFLA_TXQLEN, link.queue);
  if (link.linkInfo != null) writer.attribute(k.IFLA_LINKINFO, link.linkInfo);
  return writer.finish();
}

/** An address message (RTM_NEWADDR, RTM_DELADDR, RTM_GETADDR); what is not given is zero or absent. */
export function encodeAddress(header: MessageHeader, address: Partial<AddressFields>): Uint8Array {
  const writer = newMessage(header);
  const at = writer.structure(IFADDRMSG);
  const flags = address.flags ?? 0;
  writer.u8(at, address.family ?? k.AF_UNSPEC);
  writer.u8(at + 1, address.prefixLength ?? 0);
  writer.u8(at + 2, flags & 0xff);
  writer.u8(at + 3, address.scope ?? 0);
  writer.u32(at + 4, address.index ?? 0);
  if (address.local != null) writer.attribute(k.IFA_LOCAL, address.local);
  if (address.address != null) writer.attribute(k.IFA_ADDRESS, address.address);
  // The structure has only 8 bits of them.
  if (flags !== 0) writer.attributeU32(k.IFA_FLAGS, flags);
  return writer.finish();
}

/** Reads every message of a datagram. Never throws: what is malformed is left out and named. */
export function decodeMessages(bytes: Uint8Array): DecodedDatagram {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const result: DecodedDatagram = { messages: [], refusal: null };
  let at = 0;
  while (at < bytes.length) {
    const length = bytes.length - at < NLMSGHDR ? 0 : view.getUint32(at, true);
    if (length < NLMSGHDR || length > bytes.length - at) {
      result.refusal = 'header';
      break;
    }
    const message = decodeMessage(bytes, view, at, at + length);
    if (typeof message === 'string') result.refusal = message;
    else result.messages.push(message);
    at += align4(length);
  }
  return result;
}

function decodeMessage(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  end: number,
): NetlinkMessage | 'structure' | 'attribute' {
  const header: MessageHeader = {
    type: view.getUint16(at + 4, true),
    flags: view.getUint16(at + 6, true),
    seq: view.getUint32(at + 8, true),
    pid: view.getUint32(at + 12, true),
  };
  const start = at + NLMSGHDR;
  switch (header.type) {
    case k.RTM_NEWLINK:
    case k.RTM_DELLINK:
    case k.RTM_GETLINK:
    case k.RTM_SETLINK: {
      if (end - start < IFINFOMSG) return 'structure';
      const link = decodeLink(bytes, view, start, end);
      return link === null ? 'attribute' : { ...header, kind: 'link', link };
    }
    case k.RTM_NEWADDR:
    case k.RTM_DELADDR:
    case k.RTM_GETADDR: {
      if (end - start < IFADDRMSG) return 'structure';
      const address = decodeAddress(bytes, view, start, end);
      return address === null ? 'attribute' : { ...header, kind: 'address', address };
    }
    case k.NLMSG_ERROR: {
      if (end - start < 4 + NLMSGHDR) return 'structure';
      const errno = -view.getInt32(start, true);
      return { ...header, kind: 'error', errno, text: explanation(bytes, view, header.flags, start, end) };
    }
    case k.NLMSG_DONE:
      return { ...header, kind: 'done', errno: end - start < 4 ? 0 : -view.getInt32(start, true) };
    default:
      return { ...header, kind: 'other' };
  }
}

const NUMBERS: ReadonlyMap<number, 'mtu' | 'master' | 'queue'> = new Map([
  [k.IFLA_MTU, 'mtu'],
  [k.IFLA_MASTER, 'master'],
  [k.IFLA_TXQLEN, 'queue'],
]);

function decodeLink(bytes: Uint8Array, view: DataView, at: number, end: number): LinkFields | null {
  const link: LinkFields = {
    family: view.getUint8(at),
    index: view.getInt32(at + 4, true),
    flags: view.getUint32(at + 8, true),
    change: view.getUint32(at + 12, true),
    name: null,
    mtu: null,
    address: null,
    master: null,
    queue: null,
    linkInfo: null,
  };
  let sound = true;
  const whole = eachAttribute(view, at + IFINFOMSG, end, (type, from, to) => {
    if (type === k.IFLA_IFNAME) link.name = text(bytes, from, to);
    else if (type === k.IFLA_ADDRESS) link.address = new Uint8Array(bytes.subarray(from, to));
    else if (type === k.IFLA_LINKINFO) link.linkInfo = new Uint8Array(bytes.subarray(from, to));
    else {
      const field = NUMBERS.get(type);
      if (field === undefined) return;
      if (to - from !== 4) sound = false;
      else link[field] = view.getUint32(from, true);
    }
  });
  return whole && sound ? link : null;
}

function decodeAddress(bytes: Uint8Array, view: DataView, at: number, end: number): AddressFields | null {
  const address: AddressFields = {
    family: view.getUint8(at),
    prefixLength: view.getUint8(at + 1),
    flags: view.getUint8(at + 2),
    scope: view.getUint8(at + 3),
    index: view.getUint32(at + 4, true),
    local: null,
    address: null,
  };
  const size = address.family === k.AF_INET ? 4 : address.family === k.AF_INET6 ? 16 : null;
  let sound = size === null || address.prefixLength <= size * 8;
  const whole = eachAttribute(view, at + IFADDRMSG, end, (type, from, to) => {
    if (type === k.IFA_LOCAL || type === k.IFA_ADDRESS) {
      if (size !== null && to - from !== size) sound = false;
      address[type === k.IFA_LOCAL ? 'local' : 'address'] = new Uint8Array(bytes.subarray(from, to));
    } else if (type === k.IFA_FLAGS) {
      if (to - from !== 4) sound = false;
      else address.flags = view.getUint32(from, true);
    }
  });
  return whole && sound ? address : null;
}

/** The kernel's words in an extended acknowledgement, which follow the request that it sends back. */
function explanation(bytes: Uint8Array, view: DataView, flags: number, at: number, end: number): string | null {
  if ((flags & k.NLM_F_ACK_TLVS) === 0) return null;
  const echoed = (flags & k.NLM_F_CAPPED) !== 0 ? NLMSGHDR : view.getUint32(at + 4, true);
  const start = at + 4 + align4(Math.min(echoed, end - at));
  let found: string | null = null;
  eachAttribute(view, start, end, (type, from, to) => {
    if (type === k.NLMSGERR_ATTR_MSG) found = text(bytes, from, to);
  });
  return found;
}

/** A string of the kernel, up to its NUL. */
function text(bytes: Uint8Array, start: number, end: number): string {
  const nul = bytes.subarray(start, end).indexOf(0);
  return new TextDecoder().decode(bytes.subarray(start, nul < 0 ? end : start + nul));
}
