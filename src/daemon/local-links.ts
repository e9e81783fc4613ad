/** The sockets of the local links, as the configuration wants them. */
import { isIPv6 } from 'node:net';
import type { LocalLinkConfig } from '../config/model.js';
import { close } from '../io/syscalls.js';
import { openUdp } from '../io/udp-socket.js';
import type { LaneClient } from './lane-client.js';
import type { Transaction } from './transaction.js';

interface Open {
  config: LocalLinkConfig;
  fd: number;
}

export class LocalLinks {
  private readonly open = new Map<number, Open>();

  constructor(private readonly lane: LaneClient) {}

  /** Opens the socket of `link` anew, or (null) closes it. The lane changes over when the transaction ends. */
  set(transaction: Transaction, link: number, config: LocalLinkConfig | null): void {
    const old = this.open.get(link);
    const sameSocket = old !== undefined && config !== null && samePort(old.config, config);
    if (sameSocket) {
      // Two sockets can't have one port: the old one goes first, and comes back if the new one fails.
      transaction.step(
        () => this.release(link, old),
        () => this.use(link, { config: old.config, fd: openUdp(old.config) }),
      );
    }
    if (config !== null) {
      const fd = transaction.step(() => openUdp(config), close);
      transaction.finally(() => this.use(link, { config, fd }));
    } else {
      transaction.finally(() => this.lane.post({ type: 'local-link', link, endpoint: null }));
    }
    transaction.finally(() => {
      if (config === null) this.open.delete(link);
      if (old !== undefined && !sameSocket) void this.lane.sync().then(() => close(old.fd));
    });
  }

  closeAll(): void {
    for (const { fd } of this.open.values()) close(fd);
    this.open.clear();
  }

  private release(link: number, old: Open): void {
    this.lane.post({ type: 'local-link', link, endpoint: null });
    close(old.fd);
  }

  private use(link: number, made: Open): void {
    const { address, device } = made.config;
    this.open.set(link, made);
    this.lane.post({ type: 'local-link', link, endpoint: { fd: made.fd, v6: isIPv6(address), address, device } });
  }
}

function samePort(a: LocalLinkConfig, b: LocalLinkConfig): boolean {
  return a.port === b.port && a.address === b.address;
}
