/** The sockets of the local links, as the configuration wants them. */
import { isIPv6 } from 'node:net';
import { endpoint } from '../cli/grammar/address.js';
import type { LocalLinkConfig } from '../config/model.js';
import { collide } from '../config/validate.js';
import type { LocalLinkStatus } from '../control/engine.js';
import type { SocketQueues } from '../control/queues.js';
import { close } from '../io/syscalls.js';
import { type OpenUdp, openUdp, receiveDrops, setReuse, socketQueues } from '../io/udp-socket.js';
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
    if (config === null) {
      transaction.finally(() => {
        this.open.delete(link);
        this.lane.post({ type: 'local-link', link, endpoint: null });
      });
    } else {
      // While the old socket holds the port, both say that they share it.
      const shared = old !== undefined && collide(old.config, config);
      if (shared) {
        transaction.step(
          () => setReuse(old.fd, true),
          () => setReuse(old.fd, false),
        );
      }
      const made = transaction.step(
        () => openUdp(config, shared),
        ({ fd }) => close(fd),
      );
      transaction.finally(() => {
        if (shared) setReuse(made.fd, false);
        this.use(link, { config, ...made });
      });
    }
    // The lane may be about to use the old one.
    if (old !== undefined) transaction.finally(() => void this.lane.sync().then(() => close(old.fd)));
  }

  /** What `show interface` says of each, by number. */
  statuses(): LocalLinkStatus[] {
    const links = [...this.open].sort(([a], [b]) => a - b);
    return links.map(([link, { fd, config }]) => ({
      link,
      address: endpoint(config.address, config.port),
      device: config.device,
      receiveDrops: receiveDrops(fd),
    }));
  }

  /** What waits in the sockets. @param sendLimits what may, by link */
  queues(sendLimits: readonly number[]): SocketQueues[] {
    const links = [...this.open].sort(([a], [b]) => a - b);
    return links.map(([link, { fd }]) => ({
      link,
      ...socketQueues(fd),
      transmitLimitBytes: sendLimits[link] ?? 0,
    }));
  }

  closeAll(): void {
    for (const { fd } of this.open.values()) close(fd);
    this.open.clear();
  }

  private use(link: number, made: Open): void {
    const { address, device } = made.config;
    this.open.set(link, made);
    this.tellOffloads(made);
    const socket = { fd: made.fd, gso: made.gso, v6: isIPv6(address), address, device };
    this.lane.post({ type: 'local-link', link, endpoint: socket });
  }

  /** Says once what this kernel lacks; the lane goes on without. */
  private tellOffloads({ gso, gro }: OpenUdp): void {
    if ((gso && gro) || this.toldOffloads) return;
    this.toldOffloads = true;
    this.log('warning', 'offloads-missing', { missing: [gso ? '' : 'udp-gso', gro ? '' : 'udp-gro'].join(' ').trim() });
  }
}
