/** Who changed which setting last, so that the next to change it can be told. */
import { overlap, type Path } from '../config/model-tree.js';
import type { Person } from '../control/commits.js';

export interface Touch {
  readonly path: Path;
  /** Null: the daemon. */
  readonly person: Person | null;
  readonly user: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Settings that are remembered; those that were changed longest ago go. */
const MOST_TOUCHES = 8192;

export class Touches {
  private readonly last = new Map<string, Touch>();

  note(paths: readonly Path[], person: Person | null, user: string, at: number): void {
    for (const path of paths) {
      const key = path.join('\n');
      this.last.delete(key);
      this.last.set(key, { path, person, user, at });
      const [oldest] = this.last.keys();
      if (this.last.size > MOST_TOUCHES && oldest !== undefined) this.last.delete(oldest);
    }
  }

  /** The last change at, above or below `path`; undefined when it is not remembered. */
  at(path: Path): Touch | undefined {
    let newest: Touch | undefined;
    for (const touch of this.last.values()) if (overlap(touch.path, path)) newest = touch;
    return newest;
  }
}
