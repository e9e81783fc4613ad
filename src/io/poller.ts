/** ppoll(2) over a fixed set of places; a place with descriptor -1 is ignored by the kernel. */
import { arena, ppoll } from './syscalls.js';

export const POLLIN = 1;
export const POLLERR = 8;

const POLLFD = 8;

export class Poller {
  private readonly fds;
  private readonly timeout = arena(16);

  constructor(private readonly places: number) {
    this.fds = arena(places * POLLFD);
    for (let i = 0; i < places; i++) this.set(i, -1);
  }

  set(place: number, fd: number): void {
    this.fds.view.setInt32(place * POLLFD, fd, true);
    this.fds.view.setInt16(place * POLLFD + 4, POLLIN, true);
    this.fds.view.setInt16(place * POLLFD + 6, 0, true);
  }

  /** Waits at most `ms` milliseconds (Infinity: for ever); the number of places with events. */
  // HOT PATH
  wait(ms: number): number {
    if (ms === Number.POSITIVE_INFINITY) return ppoll(this.fds.address, this.places, 0);
    const time = Math.max(ms, 0);
    const seconds = Math.floor(time / 1000);
    this.timeout.view.setUint32(0, seconds, true);
    this.timeout.view.setUint32(8, Math.floor((time - seconds * 1000) * 1e6), true);
    return ppoll(this.fds.address, this.places, this.timeout.address);
  }

  /** Events of a place after `wait`. */
  // HOT PATH
  events(place: number): number {
    return this.fds.view.getInt16(place * POLLFD + 6, true);
  }
}
