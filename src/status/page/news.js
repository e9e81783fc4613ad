/** Tells screen readers of changes: links that changed their state, not numbers, and a few sentences at a time. */
import { count } from './text.js';

/** Milliseconds between two announcements, and most links that are named in one. */
const PAUSE = 4000;
const MOST_NAMED = 3;

export class News {
  #place;
  /** By peer and link: the newest state. */
  #waiting = new Map();
  #timer = null;

  constructor(place) {
    this.#place = place;
  }

  /** @param changed links whose state is another now */
  add(changed) {
    for (const { peer, link, state } of changed) this.#waiting.set(`${peer} link ${link}`, state);
    if (this.#waiting.size > 0 && this.#timer === null) this.#tell();
  }

  #tell() {
    const all = [...this.#waiting];
    this.#waiting.clear();
    this.#place.textContent =
      all.length <= MOST_NAMED
        ? all.map(([link, state]) => `${link} is ${state}.`).join(' ')
        : `${count(all.length, 'link')} changed: ${tally(all.map(([, state]) => state))}.`;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.#waiting.size > 0) this.#tell();
    }, PAUSE);
  }
}

/** `3 down, 1 up`. */
export function tally(states) {
  const counts = new Map();
  for (const state of states) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, number]) => `${number} ${state}`).join(', ');
}
