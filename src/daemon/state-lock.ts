/**
 * The state directory belongs to one daemon at a time: two would overwrite each other's stamps and commits, and run the
 * same configuration, as sennitd.service and sennitd@sennit.service would.
 */
import { closeSync, constants, mkdirSync, openSync } from 'node:fs';
import { constants as os } from 'node:os';
import { dirname, join } from 'node:path';
import { EngineError } from '../control/engine.js';
import { flock } from '../io/syscalls.js';

const FILE = 'lock';
/** Not by following a link: the directory may belong to the user of `--user`. */
const LOCK = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;
const LOCK_EX = 2;
const LOCK_NB = 4;

/**
 * Takes the directory for this process, made if it isn't there, until the process ends, however it ends. One that can't be
 * written, or whose file system knows no locks, is not locked: those who write there say what is wrong with it.
 * @returns gives it back
 * @throws EngineError when another daemon has it
 */
export function lockState(directory: string): () => void {
  let fd: number;
  try {
    // Others may pass what lies above it: the daemon may go on as another user.
    mkdirSync(dirname(directory), { recursive: true, mode: 0o755 });
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    fd = openSync(join(directory, FILE), LOCK, 0o600);
  } catch {
    return () => undefined;
  }
  if (flock(fd, LOCK_EX | LOCK_NB) === -os.errno.EWOULDBLOCK) {
    closeSync(fd);
    throw new EngineError(
      `another daemon has the state directory ${directory}: stop that one, or give this one a directory of its own ` +
        "(--state; 'sennitd@sennit' is the same network as 'sennitd')",
    );
  }
  return () => closeSync(fd);
}
