import type { Arena } from '../../core/arena.js';

/**
 * What rtnetlink needs of the kernel: `syscalls.ts` provides it, tests put a scripted kernel in its
 * place. Calls return what the kernel returned or the negative errno.
 */
export interface NetlinkKernel {
  /** Memory that C may see, held for the life of the thread. */
  arena(size: number): Arena & { readonly address: number };
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: number, length: number): number;
  setsockoptInt(fd: number, level: number, name: number, value: number): number;
  sendto(fd: number, address: number, length: number, flags: number, to: number, toLength: number): number;
  recv(fd: number, address: number, length: number, flags: number): number;
  ppoll(fds: number, count: number, timeout: number): number;
  close(fd: number): number;
}
