/**
 * UDP sockets of local links, as the control thread opens them: bound, with large buffers, GRO, and
 * error reports. IP_FREEBIND lets the daemon start before the address exists.
 */
import { isIPv6 } from 'node:net';
import { ADDRESS_STRIDE } from '../core/limits.js';
import { runsAs } from './account.js';
import { lower, raise, raised } from './capabilities.js';
import { EACCES, EADDRINUSE, EADDRNOTAVAIL, ENODEV, EPERM, errnoName } from './errno.js';
import { addressText, parseAddress } from './netlink/address-text.js';
import { AF_INET, AF_INET6 } from './netlink/constants.js';
import { FIRST_LIMIT } from './send-queue.js';
import { arena, bind, close, getsockoptU32, setsockoptInt, setsockoptString, socket } from './syscalls.js';

const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_BINDTODEVICE = 25;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
const SO_MEMINFO = 55;
const SK_MEMINFO_RMEM_ALLOC = 0;
const SK_MEMINFO_RCVBUF = 1;
const SK_MEMINFO_WMEM_ALLOC = 2;
const SK_MEMINFO_DROPS = 8;
export const SOL_IP = 0;
export const SOL_IPV6 = 41;
const IP_MTU_DISCOVER = 10;
/**
 * Probes: never fragmented, whatever the route's MTU. All else: fragmented where the device or a router must, and no
 * ICMP, which anybody can forge, has a say in it (ip(7); linux/in.h). The IPv6 options have the same numbers.
 */
const IP_PMTUDISC_PROBE = 3;
const IP_PMTUDISC_OMIT = 5;
const IP_RECVERR = 11;
const IP_FREEBIND = 15;
const IPV6_MTU_DISCOVER = 23;
const IPV6_RECVERR = 25;
const IPV6_V6ONLY = 26;
const IPV6_FREEBIND = 78;
export const SOL_UDP = 17;
const UDP_SEGMENT = 103;
const UDP_GRO = 104;

const RECEIVE_BUFFER = 8 * 1024 * 1024;

/** Where bind(2) reads the address. */
const record = arena(ADDRESS_STRIDE);

/** A struct sockaddr_in or sockaddr_in6 in a record of 32 bytes; the rest is zero. */
export function addressRecord(address: string, port: number): Uint8Array {
  const parsed = parseAddress(address);
  if (parsed === null) throw new Error(`not an IP address: ${address}`);
  const made = new Uint8Array(ADDRESS_STRIDE);
  const view = new DataView(made.buffer);
  view.setUint16(0, parsed.bytes.length === 4 ? AF_INET : AF_INET6, true);
  view.setUint16(2, port, false);
  made.set(parsed.bytes, parsed.bytes.length === 4 ? 4 : 8);
  return made;
}

/** Address and port of a record, or null for family 0. */
export function addressOf(bytes: Uint8Array): { address: string; port: number } | null {
  const family = bytes[0]!;
  const port = (bytes[2]! << 8) | bytes[3]!;
  if (family === AF_INET) return { address: addressText(bytes.subarray(4, 8)), port };
  return family === AF_INET6 ? { address: addressText(bytes.subarray(8, 24)), port } : null;
}

/** What a local link needs. */
export interface UdpEndpoint {
  address: string;
  port: number;
  device: string | null;
}

export interface OpenUdp {
  fd: number;
  /** Whether the kernel cuts trains of datagrams (UDP_SEGMENT, Linux 4.18) and delivers them as such (UDP_GRO, 5.0). */
  gso: boolean;
  gro: boolean;
}

/** Binds a socket to the device that has this name now (SO_BINDTODEVICE); the negative errno if it can't. */
export function bindToDevice(fd: number, device: string): number {
  raise();
  const r = setsockoptString(fd, SOL_SOCKET, SO_BINDTODEVICE, device);
  lower();
  return r;
}

/** Whether what is sent may be fragmented. */
export function setFragmentable(fd: number, v6: boolean, may: boolean): void {
  const mode = may ? IP_PMTUDISC_OMIT : IP_PMTUDISC_PROBE;
  if (v6) setsockoptInt(fd, SOL_IPV6, IPV6_MTU_DISCOVER, mode);
  else setsockoptInt(fd, SOL_IP, IP_MTU_DISCOVER, mode);
}

/** Lets another socket with the same option have the same port, for a change-over. */
export function setReuse(fd: number, on: boolean): void {
  setsockoptInt(fd, SOL_SOCKET, SO_REUSEADDR, on ? 1 : 0);
}

/**
 * Opens and binds the socket of a local link.
 * @param shared its port is still held by a socket that it follows (see `setReuse`)
 * @throws Error that says what is wrong and what to do.
 */
export function openUdp(endpoint: UdpEndpoint, shared = false): OpenUdp {
  const v6 = isIPv6(endpoint.address);
  const where = `${endpoint.address} port ${endpoint.port}`;
  const fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) throw new Error(`cannot open a UDP socket for ${where}: ${errnoName(-fd)}`);
  setBuffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, RECEIVE_BUFFER);
  setBuffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, FIRST_LIMIT);
  if (v6) {
    setsockoptInt(fd, SOL_IPV6, IPV6_V6ONLY, 1);
    setsockoptInt(fd, SOL_IPV6, IPV6_FREEBIND, 1);
    setsockoptInt(fd, SOL_IPV6, IPV6_RECVERR, 1);
  } else {
    setsockoptInt(fd, SOL_IP, IP_FREEBIND, 1);
    setsockoptInt(fd, SOL_IP, IP_RECVERR, 1);
  }
  setFragmentable(fd, v6, true);
  const gro = setsockoptInt(fd, SOL_UDP, UDP_GRO, 1) >= 0;
  const gso = setsockoptInt(fd, SOL_UDP, UDP_SEGMENT, 0) >= 0; // 0 is the default: this only asks
  if (shared) setReuse(fd, true);
  if (endpoint.device !== null) {
    const bound = bindToDevice(fd, endpoint.device);
    // A device may come later, as an address may: the lane binds to it when it does.
    if (bound < 0 && bound !== -ENODEV) {
      close(fd);
      throw new Error(`cannot bind ${where} to device ${endpoint.device}: ${whyNoDevice(-bound)}`);
    }
  }
  record.bytes.set(addressRecord(endpoint.address, endpoint.port));
  const bound = raised(() => bind(fd, record.address, v6 ? 28 : 16));
  if (bound < 0) {
    close(fd);
    throw new Error(`cannot bind UDP ${where}: ${whyNoBind(-bound)}`);
  }
  return { fd, gso, gro };
}

/**
 * Packets that the kernel dropped at this socket, nearly always because its receive buffer was full (SO_MEMINFO,
 * linux/sock_diag.h). A train of datagrams that the kernel had joined counts once. 0 where the kernel can't tell.
 */
export function receiveDrops(fd: number): number {
  return memoryInfo(fd, SK_MEMINFO_DROPS);
}

/** Bytes of kernel memory of what waits in a socket's buffers, and the size of its receive buffer. */
export function socketQueues(fd: number): { transmitBytes: number; receiveBytes: number; receiveLimitBytes: number } {
  return {
    transmitBytes: memoryInfo(fd, SK_MEMINFO_WMEM_ALLOC),
    receiveBytes: memoryInfo(fd, SK_MEMINFO_RMEM_ALLOC),
    receiveLimitBytes: memoryInfo(fd, SK_MEMINFO_RCVBUF),
  };
}

/** 0 where the kernel can't tell. */
function memoryInfo(fd: number, field: number): number {
  return Math.max(0, getsockoptU32(fd, SOL_SOCKET, SO_MEMINFO, field));
}

function setBuffer(fd: number, force: number, plain: number, size: number): void {
  if (raised(() => setsockoptInt(fd, SOL_SOCKET, force, size)) < 0) setsockoptInt(fd, SOL_SOCKET, plain, size);
}

function whyNoDevice(errno: number): string {
  if (errno === EPERM) return 'permission denied; run as root or with CAP_NET_RAW';
  return errnoName(errno);
}

function whyNoBind(errno: number): string {
  if (errno === EACCES) {
    return `permission denied: the daemon runs as ${runsAs()}; choose a port above 1023, or save and restart the daemon`;
  }
  if (errno === EADDRINUSE) return 'the port is in use; choose another, or stop the program that has it (ss -ulpn)';
  if (errno === EADDRNOTAVAIL) return 'the address is not one of this host, and the kernel does not allow to bind it';
  return errnoName(errno);
}
