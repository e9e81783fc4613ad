/** An eventfd(2) with which the control thread wakes the lane out of its poll. */
import { arena, eventfd, read, write } from './syscalls.js';

const EFD_NONBLOCK = 0o4000;
const EFD_CLOEXEC = 0o2000000;

/** @throws Error when the process has no descriptors left. */
export function openWakeup(): number {
  const fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (fd < 0) throw new Error('eventfd failed: too many open files?');
  return fd;
}

/** Rings and hears the bell `fd`; one for each thread, for it has memory of its own. */
export class Wakeup {
  private readonly memory = arena(8);

  constructor(readonly fd: number) {}

  ring(): void {
    this.memory.view.setUint32(0, 1, true);
    write(this.fd, this.memory.address, 8);
  }

  /** Takes all rings so far. */
  hear(): void {
    read(this.fd, this.memory.address, 8);
    this.memory.view.setUint32(4, 0, true);
  }
}
