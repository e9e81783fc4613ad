/**
 * Address records: where a datagram goes to or came from, as the kernel writes it, in ADDRESS_STRIDE
 * bytes of which those behind the structure are zero. The family is in the order of the machine, port
 * and address in network order.
 *
 *     struct sockaddr_in    0 family = 2 u16    2 port   4 address 4     8 zero
 *     struct sockaddr_in6   0 family = 10 u16   2 port   4 flow label    8 address 16   24 scope u32
 *
 * Both families fit one byte, so the first byte is looked at alone.
 */

/** Family of a record that holds no address. */
const AF_UNSPEC = 0;
const AF_INET6 = 10;

/** Bytes of struct sockaddr_in6, the longer one. */
export const ADDRESS_SIZE = 28;
const PORT = 2;
const IPV4_ADDRESS = 4;
const IPV6_ADDRESS = 8;
/** Bytes up to the end of the address. */
const IPV4_ENDPOINT = 8;
const IPV6_ENDPOINT = 24;
/** Bytes up to the end of the address's first half, which names a subnet (RFC 4291, 2.5.4). */
const IPV6_SUBNET = 16;

/** Whether the record at `at` holds an address. */
export function isKnownAddress(bytes: Uint8Array, at: number): boolean {
  return bytes[at]! !== AF_UNSPEC;
}

/** Whether two records are the same in every field. */
export function isSameAddress(bytes: Uint8Array, a: number, b: number): boolean {
  return equal(bytes, a, b, ADDRESS_SIZE);
}

/**
 * Whether two records name the same family, port and address. The scope of an IPv6 address is not looked
 * at: the kernel fills it in where a configured record has none.
 */
export function isSameEndpoint(bytes: Uint8Array, a: number, b: number): boolean {
  return equal(bytes, a, b, bytes[a]! === AF_INET6 ? IPV6_ENDPOINT : IPV4_ENDPOINT);
}

/** Where in the record at `at` the endpoint lies, port and address: here it begins. */
// HOT PATH
export function endpointBegin(at: number): number {
  return at + PORT;
}

// HOT PATH
export function endpointEnd(bytes: Uint8Array, at: number): number {
  return at + (bytes[at]! === AF_INET6 ? IPV6_ENDPOINT : IPV4_ENDPOINT);
}

/**
 * Where in the record at `at` that lies which one who has an address can't change at will: the IPv4 address, or
 * the first 64 bits of the IPv6 one. Here it begins.
 */
// HOT PATH
export function sourceBegin(bytes: Uint8Array, at: number): number {
  return at + (bytes[at]! === AF_INET6 ? IPV6_ADDRESS : IPV4_ADDRESS);
}

// HOT PATH
export function sourceEnd(bytes: Uint8Array, at: number): number {
  return at + (bytes[at]! === AF_INET6 ? IPV6_SUBNET : IPV4_ENDPOINT);
}

function equal(bytes: Uint8Array, a: number, b: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (bytes[a + i]! !== bytes[b + i]!) return false;
  return true;
}
