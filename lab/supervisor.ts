/** A daemon of the lab under a service manager: see supervisor-program.ts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Daemon } from './daemon.js';
import type { Lab } from './namespaces.js';

const PROGRAM = fileURLToPath(new URL('./supervisor-program.js', import.meta.url));

export interface Restarted {
  /** Milliseconds after its cause at which the old process had ended, and the new one said that it is ready. */
  endedMs: number;
  readyMs: number;
}

export class Supervisor {
  /** To be called before the daemon is started. @param hold whether it holds descriptors over a restart */
  constructor(
    lab: Lab,
    private readonly daemon: Daemon,
    hold: boolean,
  ) {
    const socket = join(lab.directory, `${daemon.name}.notify`);
    daemon.supervisor = [process.execPath, PROGRAM, hold ? 'hold' : 'let-go', socket, ...daemon.supervisor];
  }

  /** As `systemctl restart` does, or (`crash`) as after a crash; resolves when the new process is ready. */
  async restart(crash = false): Promise<Restarted> {
    const before = this.#restarts().length;
    if (crash) process.kill(this.#daemonPid(), 'SIGKILL');
    else process.kill(this.daemon.pid, 'SIGUSR2');
    await this.daemon.waitFor('its restart', async () => this.#restarts().length > before);
    return this.#restarts().at(-1) as Restarted;
  }

  #restarts(): Restarted[] {
    return [...this.daemon.log.matchAll(/^supervised (.*)$/gm)].map(([, json]) => JSON.parse(json ?? ''));
  }

  /** The process id of the daemon itself: the one child of the supervisor. */
  #daemonPid(): number {
    const { pid } = this.daemon;
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ')[0]);
  }
}
