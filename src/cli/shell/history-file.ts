/**
 * History that outlives the shell, in a file of its user (0600). Lines are appended, each with one write, so shells side
 * by side add to it in turn. A file that has grown is renamed, and read as the older half: nothing is written over.
 */
import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { printable } from './printable.js';

/** A file of this size becomes the older half. */
const MOST_BYTES = 128 * 1024;
/** A longer line is not kept. */
const MOST_OF_LINE = 4096;
/** A lock that is older was left by a shell that was killed. */
const STALE_LOCK_MS = 60_000;

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** Files are made by and belong to whoever runs the shell. */
export class HistoryFile {
  readonly #path: string;

  /**
   * Finds or makes the directory, and the older half if it is time.
   * @throws Error that says why no history can be kept
   */
  constructor(environment: Readonly<Record<string, string | undefined>>) {
    const directory = stateDirectory(environment);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    mustBeOwn(directory, lstatSync(directory));
    this.#path = join(directory, 'history');
    this.#append(''); // says now what would fail later
    if (lstatSync(this.#path).size > MOST_BYTES) this.#turnOver();
  }

  /** All that is kept, oldest first. */
  read(): string[] {
    return [`${this.#path}.1`, this.#path].flatMap((path) => {
      try {
        const file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
        try {
          mustBeOwn(path, fstatSync(file));
          return readFileSync(file, 'utf8')
            .split('\n')
            .filter((line) => line !== '')
            .map(printable);
        } finally {
          closeSync(file);
        }
      } catch {
        return []; // there is no older half yet
      }
    });
  }

  /** Adds a line, unless it is longer than anybody types. @throws Error */
  add(line: string): void {
    if (line.trim() !== '' && line.length <= MOST_OF_LINE) this.#append(`${printable(line).replace(/\n/g, ' ')}\n`);
  }

  #append(text: string): void {
    const file = openSync(this.#path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
    try {
      const stat = fstatSync(file);
      mustBeOwn(this.#path, stat);
      if ((stat.mode & 0o077) !== 0) chmodSync(this.#path, 0o600);
      if (text !== '') writeSync(file, text);
    } finally {
      closeSync(file);
    }
  }

  /** One shell at a time: a second one would put the new file in the place of the older half. */
  #turnOver(): void {
    const lock = `${this.#path}.lock`;
    try {
      closeSync(openSync(lock, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600));
    } catch {
      // Another shell is at it, or was killed at it: then the next one does it.
      const age = Date.now() - (lstatSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
      if (age > STALE_LOCK_MS) rmSync(lock, { force: true });
      return;
    }
    try {
      if (lstatSync(this.#path).size > MOST_BYTES) renameSync(this.#path, `${this.#path}.1`);
    } finally {
      rmSync(lock, { force: true });
    }
  }
}

/**
 * $XDG_STATE_HOME/sennit, or that of the home directory (XDG Base Directory Specification). Not in somebody else's home,
 * which HOME names under sudo: there files of root would be in its owner's way.
 */
function stateDirectory(environment: Readonly<Record<string, string | undefined>>): string {
  const { XDG_STATE_HOME: state = '', HOME: home = '' } = environment;
  if (isAbsolute(state) && isOurs(state)) return join(state, 'sennit');
  if (isAbsolute(home) && isOurs(home)) return join(home, '.local/state/sennit');
  const own = ownHome();
  if (own !== null && isOurs(own)) return join(own, '.local/state/sennit');
  throw new Error('this user has no home directory of its own');
}

/** As the user database says; null for a user that is not in it. */
function ownHome(): string | null {
  try {
    return userInfo().homedir;
  } catch {
    return null;
  }
}

/** Whether the nearest directory that exists is this user's or the system's. */
function isOurs(path: string): boolean {
  for (let at = path; ; at = dirname(at)) {
    const stat = lstatSync(at, { throwIfNoEntry: false });
    if (stat !== undefined) return stat.uid === process.geteuid?.() || stat.uid === 0;
    if (at === '/') return false;
  }
}

function mustBeOwn(path: string, { uid }: { uid: number }): void {
  if (uid !== process.geteuid?.()) throw new Error(`${path} belongs to another user`);
}
