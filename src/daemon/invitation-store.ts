/**
 * The invitations over a restart: a file in the state directory, mode 0600, because it holds the secrets of
 * those that are open. It is written whole and flushed before a joiner is let in, so that an invitation that
 * was used stays used whatever happens then.
 */
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { replaceFile } from '../config/store.js';
import { EngineError } from '../control/engine.js';
import type { Invitation } from '../core/session/invitations.js';
import { READ_STATE } from './state-file.js';

const FILE = 'invitations.json';

interface Stored {
  id: string;
  secret: string;
  peer: string;
  hostId: number;
  address: string | null;
  expiresAt: number;
  state: Invitation['state'];
  endedAt: number | null;
  joiner: string | null;
}

export class InvitationStore {
  private readonly path: string;
  /** The write before. */
  private last: Promise<void> = Promise.resolve();

  constructor(directory: string) {
    this.path = join(directory, FILE);
  }

  /** @throws Error when there is a file that can't be read, or that holds something else */
  load(): Invitation[] {
    let text: string;
    try {
      const fd = openSync(this.path, READ_STATE);
      try {
        text = readFileSync(fd, 'utf8');
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
    const list = parsed(text);
    if (!Array.isArray(list) || !list.every(isStored)) throw new Error(`${this.path} is not a list of invitations`);
    return list.map((stored) => ({
      ...stored,
      id: bytesOf(stored.id),
      secret: bytesOf(stored.secret),
      joiner: stored.joiner === null ? null : bytesOf(stored.joiner),
    }));
  }

  /** In the order of the calls. @throws EngineError when it can't be written; the file is then as it was */
  save(invitations: readonly Invitation[]): Promise<void> {
    const text = `${JSON.stringify(invitations.map(stored))}\n`;
    const written = this.last.then(() => this.write(text));
    this.last = written.catch(() => undefined);
    return written;
  }

  private async write(text: string): Promise<void> {
    try {
      const directory = dirname(this.path);
      await mkdir(dirname(directory), { recursive: true, mode: 0o755 });
      await mkdir(directory, { recursive: true, mode: 0o700 });
      await replaceFile(this.path, text, 0o600);
    } catch (error) {
      throw new EngineError(`${(error as Error).message}: invitations must outlive a restart; see sennitd --state`);
    }
  }
}

/** Undefined for what is no JSON: the error of `JSON.parse` quotes the text, and so perhaps a secret, for the log. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function stored({ id, secret, joiner, ...rest }: Invitation): Stored {
  return { ...rest, id: textOf(id), secret: textOf(secret), joiner: joiner && textOf(joiner) };
}

function isStored(value: unknown): value is Stored {
  if (typeof value !== 'object' || value === null) return false;
  const { id, secret, peer, hostId, address, expiresAt, state, endedAt, joiner } = value as Record<string, unknown>;
  return (
    isBytes(id, 8) &&
    isBytes(secret, 32) &&
    typeof peer === 'string' &&
    typeof hostId === 'number' &&
    (address === null || typeof address === 'string') &&
    typeof expiresAt === 'number' &&
    (state === 'open' || state === 'used' || state === 'withdrawn') &&
    (endedAt === null || typeof endedAt === 'number') &&
    (joiner === null || isBytes(joiner, 32))
  );
}

function isBytes(value: unknown, length: number): boolean {
  return typeof value === 'string' && bytesOf(value).length === length;
}

function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'));
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
