/**
 * The HTTP listener: metrics for Prometheus, whether the daemon lives and carries, and the status page. Read only,
 * without authentication: so it listens on loopback unless told otherwise.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { endpoint } from '../cli/grammar/address.js';
import type { Config, ListenConfig } from '../config/model.js';
import { type Engine, EngineError } from '../control/engine.js';
import { Status } from '../status/status.js';
import type { Exposition } from './exposition.js';

/** Connections at once: a few scrapers and browsers. */
const MAX_CONNECTIONS = 32;
/** Milliseconds in which a request must have come whole. */
const REQUEST_TIMEOUT = 10_000;
/** Milliseconds after which a connection is ended on which nothing moves: whoever takes no answer keeps no place. */
const UNREAD_TIMEOUT = 30_000;
/** Bytes of a request's head. */
const MAX_HEADER = 8192;

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

const TEXT = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';
const HTML = 'text/html; charset=utf-8';

/** What no answer needs a browser to allow; the status page has its own. */
const NO_CONTENT_ALLOWED = "default-src 'none'; frame-ancestors 'none'";

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  /** Content-Security-Policy. */
  readonly policy?: string;
}

/** A change of the listener: taken back if something else of the same change fails. */
export interface ListenerChange {
  undo(): Promise<void>;
}

export class Listener {
  readonly #engine: Engine;
  readonly #report: (error: unknown) => void;
  #listening: ListenConfig | null = null;
  #server: Server | null = null;
  #exposition: Exposition | null = null;
  #status: Status | null = null;

  /** @param report is told of faults of the program */
  constructor(engine: Engine, report: (error: unknown) => void) {
    this.#engine = engine;
    this.#report = report;
  }

  /**
   * Listens where `next` says, or not at all.
   * @throws EngineError when the address can't be used; then it listens where it did
   */
  async change(next: Config): Promise<ListenerChange> {
    const before = this.#listening;
    await this.#moveTo(next.metrics);
    return { undo: () => this.#moveTo(before) };
  }

  async close(): Promise<void> {
    await this.#moveTo(null);
  }

  async #moveTo(next: ListenConfig | null): Promise<void> {
    const before = this.#listening;
    if (isDeepStrictEqual(before, next)) return;
    const old = this.#server;
    // Two sockets can't have the same port if one of them is for any address.
    if (old !== null && before?.port === next?.port) await ended(old);
    try {
      this.#server = next === null ? null : await this.#open(next);
    } catch (error) {
      if (old?.listening === false && before !== null) this.#server = await this.#open(before);
      throw error;
    }
    this.#listening = next;
    if (old?.listening) await ended(old);
    if (next === null) {
      this.#exposition?.close();
      this.#exposition = null;
      this.#status?.close();
      this.#status = null;
    }
  }

  async #open(at: ListenConfig): Promise<Server> {
    this.#exposition ??= await loadExposition(this.#engine);
    const limits = { requestTimeout: REQUEST_TIMEOUT, headersTimeout: REQUEST_TIMEOUT, maxHeaderSize: MAX_HEADER };
    const server = createServer(limits, (request, response) => {
      void this.#answer(request, response, LOOPBACK.check(at.address, isIP(at.address) === 6 ? 'ipv6' : 'ipv4'));
    });
    server.maxConnections = MAX_CONNECTIONS;
    server.timeout = UNREAD_TIMEOUT;
    return new Promise((resolve, reject) => {
      server.once('error', (error) => reject(explained(error, at)));
      server.listen({ host: at.address, port: at.port, ipv6Only: true }, () => {
        this.#status ??= new Status(this.#engine, this.#report);
        server.removeAllListeners('error');
        server.on('error', this.#report);
        resolve(server);
      });
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse, onLoopback: boolean): Promise<void> {
    let answer: Answer;
    try {
      answer = await this.#answerTo(request, onLoopback);
    } catch (error) {
      this.#report(error);
      answer = { status: 500, type: TEXT, body: 'the daemon could not answer: see its log\n' };
    }
    response.writeHead(answer.status, {
      'content-type': answer.type,
      'content-length': Buffer.byteLength(answer.body),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'content-security-policy': answer.policy ?? NO_CONTENT_ALLOWED,
      ...(answer.status === 405 ? { allow: 'GET, HEAD' } : {}),
    });
    response.end(request.method === 'HEAD' ? undefined : answer.body);
  }

  async #answerTo(request: IncomingMessage, onLoopback: boolean): Promise<Answer> {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return { status: 405, type: TEXT, body: 'only GET and HEAD\n' };
    // A page of elsewhere whose name points here (DNS rebinding) would read what is meant for this host alone. Browsers
    // always say a name; a check of HTTP/1.0 may say none.
    const { host } = request.headers;
    if (onLoopback && host !== undefined && !isLoopbackName(host))
      return { status: 403, type: TEXT, body: 'ask for localhost, 127.0.0.1 or [::1]\n' };
    const [path, query] = (request.url ?? '').split('?', 2);
    switch (path) {
      case '/':
        return this.#page();
      case '/status.json':
        return { status: 200, type: JSON_TYPE, body: (await this.#status?.now()) ?? '' };
      case '/history.json': {
        const peers = new URLSearchParams(query).getAll('peer');
        return { status: 200, type: JSON_TYPE, body: this.#status?.history(peers) ?? '' };
      }
      case '/metrics':
        return {
          status: 200,
          type: this.#exposition?.contentType ?? TEXT,
          body: (await this.#exposition?.text()) ?? '',
        };
      case '/healthz':
        // The lane answers, so frames are carried: who waits for it longer than a probe's timeout is not healthy.
        await this.#engine.queues();
        return { status: 200, type: TEXT, body: 'ok\n' };
      case '/readyz':
        return readiness(this.#engine);
      default:
        return { status: 404, type: TEXT, body: 'there are / (the status page), /metrics, /healthz and /readyz\n' };
    }
  }

  #page(): Answer {
    const page = this.#status?.page();
    return { status: 200, type: HTML, body: page?.html ?? '', ...(page && { policy: page.policy }) };
  }
}

/** Ready: the interface is up and, if peers are configured and enabled, at least one is connected. */
function readiness(engine: Engine): Answer {
  const wanted = engine.peers().filter(({ state }) => state !== 'shutdown');
  const connected = wanted.filter(({ state }) => state === 'connected').length;
  const up = engine.interface()?.state === 'up';
  const ready = up && (wanted.length === 0 || connected > 0);
  const body = `interface ${up ? 'up' : 'not up'}, ${connected} of ${wanted.length} peers connected\n`;
  return { status: ready ? 200 : 503, type: TEXT, body };
}

function isLoopbackName(host: string): boolean {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  if (name === 'localhost') return true;
  const address = name.replace(/^\[|\]$/g, '');
  const family = isIP(address);
  return family !== 0 && LOOPBACK.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** Loads it when it is wanted: what it needs takes a fifth of the time in which a daemon starts. */
async function loadExposition(engine: Engine): Promise<Exposition> {
  try {
    const { Exposition } = await import('./exposition.js');
    return new Exposition(engine);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new EngineError('metrics listen: the program was upgraded since it was started: restart sennitd first');
  }
}

function ended(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function explained(error: NodeJS.ErrnoException, at: ListenConfig): EngineError {
  const where = `metrics listen ${endpoint(at.address, at.port)}`;
  if (error.code === 'EADDRINUSE')
    return new EngineError(`${where}: another program listens there: choose another port`);
  if (error.code === 'EADDRNOTAVAIL')
    return new EngineError(`${where}: this host does not have that address: choose one of its own, or 127.0.0.1`);
  if (error.code === 'EACCES') return new EngineError(`${where}: permission denied: choose a port of 1024 or more`);
  return new EngineError(`${where}: ${error.message}`);
}
