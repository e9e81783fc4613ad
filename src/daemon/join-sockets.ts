/**
 * The joiner's own way to the inviter, before it has links: plain UDP sockets on the control thread, one
 * for each link of the inviter, connected, so that the kernel says which address a datagram leaves from and
 * takes answers from nobody else.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { addressFamily, endpoint } from '../cli/grammar/address.js';
import type { LocalLinkConfig } from '../config/model.js';
import { hostAddresses } from '../io/host-addresses.js';
import type { InvitationLink } from './invitation-string.js';

/** Milliseconds between two times that the request is sent, and until it is given up. */
const AGAIN = 500;
const PATIENCE = 10_000;
/** Ports that are tried from the wanted one on, when it is in use. */
const PORTS = 16;

/** One way to the inviter. */
export interface JoinWay {
  readonly link: number;
  /** Our end as the inviter must know it. */
  readonly local: { address: string; port: number };
  readonly socket: Socket;
}

export class JoinSockets {
  readonly ways: JoinWay[] = [];
  /** Why the other links of the inviter can't be used: `ADDRESS: REASON`. */
  readonly unreachable: string[] = [];

  /**
   * Opens what can be opened.
   * @param links the inviter's
   * @param configured our local links; when there are any, only those are used. Their ports belong to the
   *   lane, so the request leaves from others. Where there are none the request leaves from the very
   *   address and port that the link will have.
   * @param port wanted for new links
   */
  static async open(
    links: readonly InvitationLink[],
    configured: ReadonlyMap<number, LocalLinkConfig>,
    port: number,
  ): Promise<JoinSockets> {
    const made = new JoinSockets();
    const own = new Set(hostAddresses().map(({ address }) => address));
    for (const remote of links) {
      try {
        // Say, that of a bridge for containers, which every host has the same.
        if (own.has(remote.address)) throw new Error('this host has that address itself');
        const way = configured.size > 0 ? await over(remote, configured.get(remote.link)) : await anew(remote, port);
        if (way === null)
          made.unreachable.push(`${endpoint(remote.address, remote.port)}: no local link ${remote.link}`);
        else made.ways.push(way);
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        made.unreachable.push(`${endpoint(remote.address, remote.port)}: ${REASONS[code ?? ''] ?? message}`);
      }
    }
    return made;
  }

  /**
   * Sends the request over every way until `read` makes something of an answer.
   * @param patience milliseconds
   * @returns that, or null when the time is over
   */
  async ask<T>(request: Uint8Array, read: (bytes: Uint8Array) => T | null, patience = PATIENCE): Promise<T | null> {
    let again: NodeJS.Timeout | null = null;
    let end: NodeJS.Timeout | null = null;
    try {
      return await new Promise<T | null>((resolve) => {
        for (const { socket } of this.ways) {
          socket.on('message', (bytes) => {
            const answer = read(new Uint8Array(bytes));
            if (answer !== null) resolve(answer);
          });
        }
        const send = (): void => {
          // What can't be sent now, or is refused by ICMP, is sent again.
          for (const { socket } of this.ways) socket.send(request, () => undefined);
        };
        send();
        again = setInterval(send, AGAIN);
        end = setTimeout(() => resolve(null), patience);
      });
    } finally {
      if (again !== null) clearInterval(again);
      if (end !== null) clearTimeout(end);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.ways.map(({ socket }) => closed(socket)));
    this.ways.length = 0;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENETUNREACH: 'no route to it',
  EHOSTUNREACH: 'no route to it',
  EADDRNOTAVAIL: 'no address to reach it from',
  EINVAL: 'no address to reach it from',
};

/** Over a local link that is configured; null where it can't be. */
async function over(remote: InvitationLink, local: LocalLinkConfig | undefined): Promise<JoinWay | null> {
  if (local === undefined || addressFamily(local.address) !== addressFamily(remote.address)) return null;
  const isAny = local.address === '0.0.0.0' || local.address === '::';
  const socket = await connected(remote, local.address, 0);
  return {
    link: remote.link,
    local: { address: isAny ? socket.address().address : local.address, port: local.port },
    socket,
  };
}

/** From the address that the kernel chooses, on a free port. */
async function anew(remote: InvitationLink, wanted: number): Promise<JoinWay> {
  const probe = await connected(remote, null, 0);
  const { address } = probe.address();
  await closed(probe);
  for (let port = wanted; ; port++) {
    try {
      return { link: remote.link, local: { address, port }, socket: await connected(remote, address, port) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || port >= wanted + PORTS) throw error;
    }
  }
}

async function connected(remote: InvitationLink, address: string | null, port: number): Promise<Socket> {
  const socket = createSocket(addressFamily(remote.address) === 4 ? 'udp4' : 'udp6');
  try {
    socket.bind(address === null ? { port } : { port, address });
    await once(socket, 'listening');
    socket.connect(remote.port, remote.address);
    await once(socket, 'connect');
    // ICMP errors come here later on: the request is sent again anyway.
    socket.on('error', () => undefined);
    return socket;
  } catch (error) {
    await closed(socket);
    throw error;
  }
}

async function closed(socket: Socket): Promise<void> {
  const gone = once(socket, 'close');
  socket.close();
  await gone;
}
