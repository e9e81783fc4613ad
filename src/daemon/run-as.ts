/**
 * `sennitd --user`: once everything that takes root is open, the daemon goes on as another user. Two threads
 * hold a few capabilities still, out of effect except while the kernel is asked for what takes them.
 */
import { constants } from 'node:fs';
import { lchown, lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/model.js';
import { EngineError } from '../control/engine.js';
import { type Account, findAccount, runsAs } from '../io/account.js';
import {
  CAP_NET_ADMIN,
  CAP_NET_BIND_SERVICE,
  CAP_NET_RAW,
  holdCapabilities,
  keepCapabilities,
  setOf,
} from '../io/capabilities.js';
import { become, mayBecome } from '../io/privileges.js';
import { keepSpareTap } from '../io/tap.js';
import type { LaneClient } from './lane-client.js';
import { isStateFile } from './state-file.js';

/** Ports below it take CAP_NET_BIND_SERVICE (ip(7), ip_unprivileged_port_start). */
const FIRST_FREE_PORT = 1024;

/**
 * The account that `--user` names. To be asked before anything is made.
 * @throws EngineError when there is none, or this process can't become it
 */
export function accountOf(text: string): Account {
  let account: Account;
  try {
    account = findAccount(text);
  } catch (error) {
    throw new EngineError(`--user: ${(error as Error).message}`);
  }
  if (mayBecome(account)) return account;
  throw new EngineError(`--user ${text}: only root can become another user, and this is ${runsAs()}: start it as root`);
}

/**
 * Becomes the account.
 * @param paths what it must be able to write or remove later; those that exist become its own, with the files that
 *   lie in them
 * @throws EngineError when the kernel refuses
 */
export async function runAs(account: Account, lane: LaneClient, config: Config, paths: readonly string[]) {
  const links = [...(config.interface?.localLinks.values() ?? [])];
  const low = links.some(({ port }) => port < FIRST_FREE_PORT) ? setOf(CAP_NET_BIND_SERVICE) : 0;
  try {
    if (process.geteuid?.() === 0) for (const path of paths) await handOver(path, account.uid);
    keepSpareTap();
    lane.post({ type: 'keep-capabilities' });
    await lane.sync();
    keepCapabilities();
    become(account);
    holdCapabilities(setOf(CAP_NET_ADMIN, CAP_NET_RAW) | low);
    lane.post({ type: 'hold-capabilities', set: setOf(CAP_NET_ADMIN, CAP_NET_RAW) });
    await lane.sync();
  } catch (error) {
    throw new EngineError(`cannot go on as ${account.name ?? account.uid}: ${(error as Error).message}`);
  }
}

/**
 * The group stays: it says who may open the control socket.
 * @throws Error when a directory holds files that are not the daemon's own: whoever owns it could replace them
 */
export async function handOver(path: string, uid: number): Promise<void> {
  const present = await lstat(path).catch(() => null);
  if (present === null) return;
  const entries = present.isDirectory() ? await readdir(path, { withFileTypes: true }) : [];
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  const foreign = files.find((name) => !isStateFile(name));
  if (foreign !== undefined)
    throw new Error(`${join(path, foreign)} is no state of Sennit: --state names a directory for that alone`);
  await lchown(path, uid, present.gid);
  for (const name of files) await handOverFile(join(path, name), uid);
}

/**
 * A file with another name elsewhere stays root's, for it may be something else there. Looked at and given away is the
 * same open file: who owned the directory before may change what lies under the name between the two.
 */
async function handOverFile(path: string, uid: number): Promise<void> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => null);
  if (file === null) return;
  try {
    const stat = await file.stat();
    if (stat.isFile() && stat.nlink === 1) await file.chown(uid, stat.gid);
  } finally {
    await file.close();
  }
}
