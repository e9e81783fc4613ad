/** Bounds of the implementation; none of them is part of the protocol. */

/** Links of a peer, numbered from 0. */
export const LINKS = 8;

/** Peers that one lane has room for. */
export const MAX_PEERS = 1024;

/** Datagrams of one GSO send: UDP_MAX_SEGMENTS of kernels before 6.9. */
export const MAX_SEGMENTS = 64;

/** Bytes of one GSO send, below the largest UDP payload. */
export const MAX_RUN_BYTES = 65_000;

/** Largest Ethernet frame that a TAP hands over or takes: 64 KiB of IP, header and two VLAN tags. */
export const MAX_FRAME = 65_535 + 14 + 8;

/** Bytes of an address record: struct sockaddr_in6 is 28, kept at 32. */
export const ADDRESS_STRIDE = 32;
