/**
 * What the daemon has put on its interface, in the state directory: a `persistent` one keeps it while no daemon runs, and
 * what was taken out of the configuration file meanwhile must go at the next start, and only that. The kernel's own mark
 * of an address (IFA_PROTO) is newer than kernels that are in use, and there is none for a bridge.
 *
 * The interface does not outlive the kernel, so the file need not outlive a power cut: it is replaced, and not flushed.
 */
import { closeSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../log/log.js';
import { READ_STATE } from './state-file.js';

const FILE = 'interface';

/** What is from us of an interface: addresses `A/P`, and the bridge, null for none. A configuration is such. */
export interface Ours {
  readonly addresses: readonly string[];
  readonly bridge: string | null;
}

export const NOTHING: Ours = { addresses: [], bridge: null };

export class TapRecord {
  private told = false;

  constructor(
    private readonly directory: string,
    private readonly log: Log,
  ) {}

  /** What a daemon before this one has put on the interface; of another one, or without a sound file: nothing. */
  of(name: string, index: number): Ours {
    let text: string;
    try {
      const fd = openSync(join(this.directory, FILE), READ_STATE);
      try {
        text = readFileSync(fd, 'utf8');
      } finally {
        closeSync(fd);
      }
    } catch {
      return NOTHING;
    }
    return parse(text, name, index);
  }

  /** Before something is put on it, and after something is taken away. That it can't be written is said once. */
  note(name: string, index: number, { addresses, bridge }: Ours): void {
    const path = join(this.directory, FILE);
    const temporary = join(this.directory, `.${FILE}.${process.pid}`);
    try {
      const text = `${JSON.stringify({ name, index, addresses, bridge })}\n`;
      // Of a process of the same number that was killed; 'wx' follows no link that somebody has put there.
      rmSync(temporary, { force: true });
      writeFileSync(temporary, text, { mode: 0o600, flag: 'wx' });
      renameSync(temporary, path);
      this.told = false;
    } catch (error) {
      if (!this.told) this.log('warning', 'interface-not-noted', { error: (error as Error).message });
      this.told = true;
    }
  }
}

/** Both at once: while one becomes the other. */
export function either(a: Ours, b: Ours): Ours {
  return { addresses: [...new Set([...a.addresses, ...b.addresses])], bridge: b.bridge ?? a.bridge };
}

function parse(text: string, name: string, index: number): Ours {
  try {
    const kept = JSON.parse(text) as Record<string, unknown>;
    if (kept.name !== name || kept.index !== index || !Array.isArray(kept.addresses)) return NOTHING;
    const addresses = kept.addresses.filter((each): each is string => typeof each === 'string');
    return { addresses, bridge: typeof kept.bridge === 'string' ? kept.bridge : null };
  } catch {
    return NOTHING;
  }
}
