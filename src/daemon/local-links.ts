/** The sockets of the local links, as the configuration wants them. */
import { isIPv6 } from 'node:net';
import type { LocalLinkConfig } from '../config/model.js';
import { collide } from '../config/validate.js';
import { close } from '../io/syscalls.js';
import { type OpenUdp, openUdp } from '../io/udp-socket.js';
import type { Log } from '../log/log.js';
import type { LaneClient } from './lane-client.js';
import type { Transaction } from './transaction.js';

interface Open extends OpenUdp {
  config: LocalLinkConfig;
}

export class LocalLinks {
  private readonly open = new Map<number, Open>();

  private toldOffloads = false;

  constructor(
    private readonly lane: LaneClient,
    private readonly log: Log,
  ) {}

  /** Opens the socket of `link` anew, or (null) closes it. The lane changes over when the transaction ends. */
  set(transaction: Transaction, link: number, config: LocalLinkConfig | null): void {
    const old = this.open.get(link);
    const sameSocket = old !== undefined && config !== null && collide(old.config, config);
    if (sameSocket) {
      // Two sockets can't have one port: the old one goes first, and comes back if the new one fails.
      transaction.step(
        () => this.release(link, old),
        () => this.use(link, { config: old.config, ...openUdp(old.config) }),
      );
    }
    if (config !== null) {
      const made = transaction.step(
        () => openUdp(config),
        ({ fd }) => close(fd),
      );
      transaction.finally(() => this.use(link, { config, ...made }));
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
    this.tellOffloads(made);
    const endpoint = { fd: made.fd, gso: made.gso, v6: isIPv6(address), address, device };
    this.lane.post({ type: 'local-link', link, endpoint });
  }

  /** Says once what this kernel lacks; the lane goes on without. */
  private tellOffloads({ gso, gro }: OpenUdp): void {
    if ((gso && gro) || this.toldOffloads) return;
    this.toldOffloads = true;
    this.log('warning', 'offloads-missing', { missing: [gso ? '' : 'udp-gso', gro ? '' : 'udp-gro'].join(' ').trim() });
  }
}
