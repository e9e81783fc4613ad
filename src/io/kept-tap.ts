/**
 * A TAP that outlives the program (TUNSETPERSIST, linux/if_tun.h): kept, and found again by its name or as a descriptor
 * that somebody held meanwhile.
 *
 * Any user may take a kept TAP that has no owner, if /dev/net/tun is open to all, as it is on most hosts. So ours
 * belong to root; who has CAP_NET_ADMIN, as the daemon does, may use them nevertheless. The owner is also how we know
 * that an interface is one that we left.
 */
import { nameOfUser } from './account.js';
import { errnoName } from './errno.js';
import type { InterfaceInfo } from './interface-setup.js';
import { arena, fcntl, ioctl } from './syscalls.js';

const TUNSETPERSIST = 0x400454cb;
const TUNSETOWNER = 0x400454cc;
const TUNGETIFF = 0x800454d2;
const IFF_TAP = 0x0002;
const IFF_NO_PI = 0x1000;
const IFF_VNET_HDR = 0x4000;
const IFF_MULTI_QUEUE = 0x0100;
const OURS = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
const F_SETFD = 2;
const FD_CLOEXEC = 1;
const ROOT = 0;

/** struct ifreq. */
const request = arena(40);

/** The TAP of a descriptor stays without it from now on, or goes with it. @throws Error when the kernel refuses */
export function keepTap(fd: number, keep: boolean): void {
  if (keep) must(ioctl(fd, TUNSETOWNER, ROOT), 'give the interface to root');
  must(ioctl(fd, TUNSETPERSIST, keep ? 1 : 0), keep ? 'keep the interface' : 'let go of the interface');
}

function must(r: number, what: string): void {
  if (r < 0) throw new Error(`cannot ${what}: ${errnoName(-r)}`);
}

/**
 * The name of the TAP that an inherited descriptor belongs to, if it is one of ours; null: it is not, or has been
 * deleted. Programs that we start don't inherit it any more.
 */
export function inheritedTap(fd: number): string | null {
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  request.bytes.fill(0, 0, 40);
  if (ioctl(fd, TUNGETIFF, request.address) < 0) return null;
  const flags = request.view.getUint16(16, true);
  if ((flags & (OURS | IFF_MULTI_QUEUE)) !== OURS) return null;
  const name = request.bytes.subarray(0, 16);
  return new TextDecoder().decode(name.subarray(0, name.indexOf(0)));
}

/**
 * Why an interface that is there can't be taken over; null: it can be tried.
 * @param asked the configuration says that the interface is kept: then one that has no owner may be ours, too
 */
export function whyNotTaken(name: string, { kind: { kind, tun } }: InterfaceInfo, asked: boolean): string | null {
  const advice = `choose another name, or delete it (ip link delete ${name})`;
  if (tun === null) return `the name is taken by ${kind === '' ? 'a device' : `a ${kind}`}; choose another`;
  if (!tun.tap) return `the name is taken by a TUN, which carries no Ethernet frames; ${advice}`;
  if (!tun.persistent)
    return `the name is taken (ip link show ${name}); choose another or stop the program that has it`;
  if (tun.multiQueue) return `the TAP of that name was made with multi_queue; ${advice}`;
  if (tun.owner !== null && tun.owner !== ROOT)
    return `the TAP of that name belongs to user ${nameOfUser(tun.owner)}; ${advice}`;
  if (tun.group !== null) return `the TAP of that name belongs to group ${tun.group}; ${advice}`;
  if (tun.owner === null && !asked)
    return `a TAP of that name is there that somebody else has made; take it over ('persistent'), ${advice}`;
  return null;
}
