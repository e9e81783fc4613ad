/** The shell's connection to the daemon, found again when the daemon has gone away. */
import type { ControlClient } from '../../control/client.js';
import { Dismissed } from '../../control/client.js';
import type { Method, Methods, Notice } from '../../control/messages.js';

const FIRST_DELAY_MS = 100;
const MOST_DELAY_MS = 2000;

export interface DaemonLinkUse {
  /** Something came unasked. */
  notice(notice: Notice): void;
  /** The daemon went away: what was asked is refused, and it is looked for. */
  lost(): void;
  /** It is back, in a session that is new. */
  found(hello: Methods['hello']): void;
  /** The daemon ended the connection on purpose, and would do so again. */
  dismissed(error: Dismissed): void;
}

/** The daemon is away. */
export class Away extends Error {
  /** @param asked it went away with the question, so nobody knows what it did; else it was not asked */
  constructor(readonly asked: boolean) {
    super('the daemon is away');
  }
}

export class DaemonLink {
  readonly #connect: () => Promise<ControlClient>;
  readonly #use: DaemonLinkUse;
  /** Null while the daemon is away. */
  #client: ControlClient | null = null;
  readonly #closed = new AbortController();

  /** @param connect connects again */
  constructor(client: ControlClient, connect: () => Promise<ControlClient>, use: DaemonLinkUse) {
    this.#connect = connect;
    this.#use = use;
    this.#take(client);
  }

  /**
   * Asks the daemon.
   * @throws Away when the daemon is not there, or no more; LineTooLong
   */
  async call<M extends Method>(method: M, line = ''): Promise<Methods[M]> {
    const client = this.#client;
    if (client === null) throw new Away(false);
    try {
      return await client.call(method, line);
    } catch (error) {
      if (this.#client !== client) throw new Away(true);
      throw error;
    }
  }

  close(): void {
    this.#closed.abort();
    this.#client?.close();
  }

  #take(client: ControlClient): void {
    this.#client = client;
    client.onNotice = (notice) => this.#use.notice(notice);
    client.onClose = (error) => {
      if (this.#closed.signal.aborted) return;
      this.#client = null;
      if (error instanceof Dismissed) this.#use.dismissed(error);
      else {
        this.#use.lost();
        void this.#find();
      }
    };
  }

  /** Tries until somebody answers, more and more seldom. */
  async #find(): Promise<void> {
    for (let delay = FIRST_DELAY_MS; !this.#closed.signal.aborted; delay = Math.min(delay * 2, MOST_DELAY_MS)) {
      await pause(delay, this.#closed.signal);
      const client = await this.#connect().catch(() => null);
      const hello = await client?.call('hello').catch((error: unknown) => error as Error);
      if (client === null || hello === undefined) continue;
      if (this.#closed.signal.aborted) return client.close();
      if (hello instanceof Dismissed) return this.#use.dismissed(hello);
      if (hello instanceof Error) continue;
      this.#take(client);
      return this.#use.found(hello);
    }
  }
}

function pause(ms: number, cut: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      cut.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    cut.addEventListener('abort', end);
  });
}
