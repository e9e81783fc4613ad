/**
 * What a supervisor such as systemd learns: that the daemon is ready, how it stands, and that it lives. The
 * sign of life comes from the data path: while that does not answer none is sent, and systemd starts the
 * daemon anew (WatchdogSec).
 */
import type { PeerStatus } from '../control/engine.js';
import type { ServiceManager } from '../io/service-manager.js';

/** Milliseconds between looks at the peers, for the status line. */
const STATUS_INTERVAL = 5000;

export interface SupervisionOptions {
  /** Who is told; null: nobody. */
  readonly manager: ServiceManager | null;
  /** WATCHDOG_USEC is looked for here. */
  readonly environment: NodeJS.ProcessEnv;
  readonly peers: () => PeerStatus[];
  /** Resolves when the data path has answered. */
  readonly lane: () => Promise<unknown>;
}

export class Supervision {
  readonly #timers: NodeJS.Timeout[] = [];
  #status = '';

  constructor(private readonly options: SupervisionOptions) {}

  /** The daemon answers commands and carries frames. */
  ready(): void {
    const { manager } = this.options;
    if (manager === null) return;
    manager.tell(`READY=1\nSTATUS=${this.#describe()}`);
    this.#timers.push(setInterval(() => this.#tellStatus(), STATUS_INTERVAL));
    const microseconds = Number(this.options.environment.WATCHDOG_USEC ?? 0);
    // As sd_watchdog_enabled(3) advises: twice in the time that is allowed.
    if (microseconds > 0) this.#timers.push(setInterval(() => void this.#live(), microseconds / 2000));
  }

  /** The daemon is about to end. */
  stopping(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.options.manager?.tell('STOPPING=1');
  }

  async #live(): Promise<void> {
    await this.options.lane();
    this.options.manager?.tell('WATCHDOG=1');
  }

  #tellStatus(): void {
    const status = this.#describe();
    if (status === this.#status) return;
    this.#status = status;
    this.options.manager?.tell(`STATUS=${status}`);
  }

  #describe(): string {
    const peers = this.options.peers().filter(({ state }) => state !== 'shutdown');
    const connected = peers.filter(({ state }) => state === 'connected').length;
    const sum = (of: 'linksUp' | 'linksTotal'): number => peers.reduce((all, peer) => all + peer[of], 0);
    return `${connected} of ${peers.length} peers connected, ${sum('linksUp')} of ${sum('linksTotal')} links up`;
  }
}
