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
/** Bytes up to the end of the address. */
const IPV4_ENDPOINT = 8;
const IPV6_ENDPOINT = 24;

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

function equal(bytes: Uint8Array, a: number, b: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (bytes[a + i]! !== bytes[b + i]!) return false;
  return true;
}
