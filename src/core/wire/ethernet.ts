/**
 * Ethernet II frames (IEEE 802.3 and 802.1Q): destination, source, up to two VLAN tags, EtherType. A MAC
 * is read as two numbers, its first 16 bits (`hi`) and its last 32 as int32 (`lo`): both stay small
 * integers. The readers of single fields trust their caller that the header is there.
 */
export const ETHERNET_HEADER_SIZE = 14;
export const ETHERNET_SOURCE = 6;
const VLAN_TAG_SIZE = 4;
const MAX_VLAN_TAGS = 2;

export const ETHERTYPE_IPV4 = 0x0800;
/** 802.1Q customer tag. */
export const ETHERTYPE_VLAN = 0x8100;
/** 802.1ad service tag. */
const ETHERTYPE_SERVICE_VLAN = 0x88a8;
export const ETHERTYPE_IPV6 = 0x86dd;

/** First 16 bits of the MAC at `off` (destination: the frame's offset; source: 6 behind it). */
// HOT PATH
export function macHi(bytes: Uint8Array, off: number): number {
  return (bytes[off]! << 8) | bytes[off + 1]!;
}

/** Last 32 bits of the MAC at `off`, as int32. */
// HOT PATH
export function macLo(bytes: Uint8Array, off: number): number {
  return (bytes[off + 2]! << 24) | (bytes[off + 3]! << 16) | (bytes[off + 4]! << 8) | bytes[off + 5]!;
}

/** Whether the MAC at `off` is a group address: multicast or broadcast. */
// HOT PATH
export function isGroup(bytes: Uint8Array, off: number): boolean {
  return (bytes[off]! & 1) !== 0;
}

/** Whether the MAC at `off` is the broadcast address. */
// HOT PATH
export function isBroadcast(bytes: Uint8Array, off: number): boolean {
  return macHi(bytes, off) === 0xffff && macLo(bytes, off) === -1;
}

/** Tags that `vlanId` looks at. No sender needs more than one priority tag before the VLAN's. */
const MAX_PRIORITY_TAGS = 4;

/**
 * The VLAN of the frame of `len` bytes (14 or more) at `off`: the id in its outer 802.1Q or 802.1ad tag, 1 to
 * 4095; 0 when it has none. A tag with id 0 says only a priority (802.1Q, 9.6), and what is behind it counts:
 * Linux, too, takes such a tag off and looks again (__netif_receive_skb_core), so a VLAN can't hide there.
 * @returns -1 when the frame ends within a tag, or has so many that say nothing: whose it is can't be told
 */
// HOT PATH
export function vlanId(bytes: Uint8Array, off: number, len: number): number {
  let at = off + ETHERNET_HEADER_SIZE;
  for (let tags = 0; tags < MAX_PRIORITY_TAGS; tags++) {
    const type = etherType(bytes, at);
    if (type !== ETHERTYPE_VLAN && type !== ETHERTYPE_SERVICE_VLAN) return 0;
    if (at + VLAN_TAG_SIZE > off + len) return -1;
    const id = ((bytes[at]! & 15) << 8) | bytes[at + 1]!;
    if (id !== 0) return id;
    at += VLAN_TAG_SIZE;
  }
  return -1;
}

/**
 * Offset of the network header of the frame of `len` bytes at `off`, past up to two VLAN tags; its
 * EtherType is `etherType(bytes, thatOffset)`. -1 when the frame ends before. A third tag is not
 * looked into: then the EtherType is that of a tag.
 */
// HOT PATH
export function networkOffset(bytes: Uint8Array, off: number, len: number): number {
  const end = off + len;
  let at = off + ETHERNET_HEADER_SIZE;
  if (at > end) return -1;
  for (let tags = 0; tags < MAX_VLAN_TAGS; tags++) {
    const type = etherType(bytes, at);
    if (type !== ETHERTYPE_VLAN && type !== ETHERTYPE_SERVICE_VLAN) return at;
    at += VLAN_TAG_SIZE;
    if (at > end) return -1;
  }
  return at;
}

/** The EtherType, which stands right before the network header at `networkOff`. */
// HOT PATH
export function etherType(bytes: Uint8Array, networkOff: number): number {
  return (bytes[networkOff - 2]! << 8) | bytes[networkOff - 1]!;
}
