/** Who is in `configure terminal`. */
import type { Person } from '../control/commits.js';

export class Terminals {
  /** By id of the person: since when, milliseconds since 1970. Bounded by the connections there may be. */
  private readonly present = new Map<number, { person: Person; since: number }>();

  /** @returns who else is there, a line each */
  enter(person: Person, now: number): string[] {
    const others = [...this.present.values()].filter((other) => other.person.id !== person.id);
    this.present.set(person.id, { person, since: now });
    return others.map(
      ({ person: other, since }) => `${named(other)} is in configure terminal too, since ${time(since)}`,
    );
  }

  leave(person: Person): void {
    this.present.delete(person.id);
  }

  has(person: Person): boolean {
    return this.present.has(person.id);
  }

  /** Null when the person is not there. */
  since(person: Person): number | null {
    return this.present.get(person.id)?.since ?? null;
  }
}

function named({ user, pid }: Person): string {
  return pid === null ? user : `${user} (process ${pid})`;
}

/** The time of day, UTC. */
export function time(at: number): string {
  return `${new Date(at).toISOString().slice(11, 19)} UTC`;
}
