/** The daemon's end of the control socket: a Unix stream socket, one command session per connection. */
import { lchown, lstat, mkdir, unlink } from 'node:fs/promises';
import type { Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { dirname } from 'node:path';
import { CounterBase } from '../cli/counter-base.js';
import { CommandQueue } from '../cli/queue.js';
import type { SessionOptions } from '../cli/session.js';
import type { Journal } from '../log/journal.js';
import type { Log } from '../log/log.js';
import { type Connection, dismiss, notify, STOPPING, serveConnection } from './connection.js';
import type { Engine } from './engine.js';
import { EngineError } from './engine.js';
import type { ControlGroups } from './roles.js';
import { callerOf, controlGroups, roleOf } from './roles.js';
import type { Shell } from './shells.js';
import { Shells } from './shells.js';

export interface RpcServerOptions {
  readonly path: string;
  readonly engine: Engine;
  /** Where `write memory` saves. */
  readonly startupFile: string;
  /** Shared by all that changes the daemon; one of its own if not given. */
  readonly queue?: CommandQueue;
  /** What `show log` prints and `terminal monitor` follows; default one that stays empty. */
  readonly journal?: Journal;
  /** Told of every line that was refused. */
  readonly log?: Log;
  /** Permissions of the socket file; default 0660. */
  readonly mode?: number;
  /** Who may open the socket and who may change things; default the groups of the host. */
  readonly groups?: ControlGroups;
  /**
   * Done when the socket is there and before anybody is served. It is told what was made: who removes the socket
   * file later must own these.
   */
  readonly beforeServing?: (made: readonly string[]) => Promise<void>;
  /** Told of errors that are faults of the program, for the log. */
  readonly report?: (error: unknown) => void;
  /** Time for what is under way when the daemon ends, milliseconds; default 1000. A service manager waits 10 s for all. */
  readonly finishMs?: number;
}

export interface RpcServer {
  /**
   * Ends every connection and removes the socket file. A command that is worked on is finished and answered, within
   * `finishMs`; one that waits its turn is not begun, and its shell is told so.
   */
  close(): Promise<void>;
}

/** Connections at once: shells, which `Shells` bounds, and some that are just told that there is no room. */
const MAX_CONNECTIONS = 80;

/** How often shells in which nothing is typed are looked for, milliseconds. */
const IDLE_CHECK_MS = 1000;

/** sun_path in unix(7) has 108 bytes, the last of them zero. */
const MAX_PATH_BYTES = 107;

/**
 * Listens for shells. A socket file that nobody answers on is left from a killed daemon and is replaced.
 * @throws EngineError when another daemon answers there, or the path can't be used
 */
export async function startRpcServer(options: RpcServerOptions): Promise<RpcServer> {
  const { path, engine, startupFile, mode = 0o660, groups = controlGroups(), beforeServing, report } = options;
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new EngineError(`the socket path ${path} is longer than ${MAX_PATH_BYTES} bytes: choose a shorter one`);
  }
  const { queue = new CommandQueue(), finishMs = 1000 } = options;
  const session: SessionOptions = {
    startupFile,
    queue,
    base: new CounterBase(),
    ...(report === undefined ? {} : { report }),
    ...(options.log === undefined ? {} : { log: options.log }),
  };
  const open = new Set<Socket>();
  const shells = new Shells(options.journal);
  const sockets = new Map<Shell, Socket>();
  /** Of the shells that are served. */
  const connections = new Map<Socket, Connection>();
  let serve: () => void = () => undefined;
  const serving = new Promise<void>((resolve) => {
    serve = resolve;
  });
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    void serving.then(() => {
      if (socket.destroyed) return;
      const caller = callerOf(socket);
      const role = roleOf(caller, groups.admins);
      const shell = shells.enter(caller, role, (notice) => notify(socket, notice));
      if ('refusal' in shell) {
        dismiss(socket, shell.refusal);
        return;
      }
      sockets.set(shell, socket);
      socket.on('close', () => {
        sockets.delete(shell);
        connections.delete(socket);
        shells.leave(shell);
      });
      connections.set(socket, serveConnection(socket, engine, { ...session, caller, role, shell, shells }));
    });
  });
  server.maxConnections = MAX_CONNECTIONS;
  const made = [path];
  try {
    if ((await mkdir(dirname(path), { recursive: true, mode: 0o755 })) !== undefined) made.push(dirname(path));
    await removeStale(path);
    await listen(server, path, mode);
    // Not by following a link: the directory may belong to the daemon's user, who may not change others' files.
    if (groups.all !== null && process.geteuid?.() === 0) await lchown(path, 0, groups.all);
    await beforeServing?.(made);
    serve();
  } catch (error) {
    await close(server, open);
    throw explained(error, path);
  }
  server.on('error', (error) => report?.(error));
  const idleCheck = setInterval(() => {
    const minutes = engine.running().vtyTimeout;
    if (minutes === 0) return;
    for (const shell of shells.idle(minutes * 60_000))
      dismiss(sockets.get(shell) as Socket, `no line came for ${minutes} min ('timeout' of 'line vty')`);
  }, IDLE_CHECK_MS);
  idleCheck.unref();
  return {
    close: () => {
      clearInterval(idleCheck);
      return close(server, open, () => finish(queue, [...connections.values()], finishMs));
    },
  };
}

async function removeStale(path: string): Promise<void> {
  const present = await lstat(path).catch(() => null);
  if (present === null) return;
  if (!present.isSocket())
    throw new EngineError(`${path} exists and is not a socket: remove it or choose another path`);
  if (await answers(path)) {
    throw new EngineError(`another daemon answers on ${path}: stop it first, or give this one a socket of its own`);
  }
  await unlink(path);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = connect(path);
    probe.on('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.on('error', (error: NodeJS.ErrnoException) => {
      const nobody = error.code === 'ECONNREFUSED' || error.code === 'ENOENT';
      // EAGAIN: somebody is there and busy.
      if (nobody || error.code === 'EAGAIN') resolve(!nobody);
      else reject(error);
    });
  });
}

function listen(server: Server, path: string, mode: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // The socket is made within listen(), and this umask gives it its mode.
    const umask = process.umask(0o777 & ~mode);
    try {
      server.listen(path, () => {
        server.removeListener('error', reject);
        resolve();
      });
    } finally {
      process.umask(umask);
    }
  });
}

/** Lets commands that are under way end, for a time. */
async function finish(queue: CommandQueue, connections: readonly Connection[], within: number): Promise<void> {
  const done = [queue.end(new EngineError(STOPPING)), ...connections.map((connection) => connection.finish())];
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      for (const connection of connections) connection.cut();
      resolve();
    }, within);
  });
  await Promise.race([Promise.all(done), late]);
  clearTimeout(timer);
}

/** @param before done when nobody can connect any more, and those who are connected still are */
async function close(server: Server, open: ReadonlySet<Socket>, before?: () => Promise<void>): Promise<void> {
  // Node removes the socket file of a server that it closes.
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  await before?.();
  for (const socket of open) socket.destroy();
  await closed;
}

function explained(error: unknown, path: string): EngineError {
  if (error instanceof EngineError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM') {
    return new EngineError(`can't make the socket ${path}: permission denied; run as root or choose another path`);
  }
  return new EngineError(`can't make the socket ${path}: ${message}`);
}
