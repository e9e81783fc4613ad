/**
 * Tells screen readers of links that carry no more, or again: a few sentences at a time, those that are down first.
 * Numbers, and doubts that come and go, are not told.
 */
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

  /** @param changed links whose state is another now, with the one that `was` */
  add(changed) {
    for (const { peer, link, state, was } of changed)
      if (carries(state) !== carries(was)) this.#waiting.set(`${peer} link ${link}`, carries(state) ? 'up' : state);
    if (this.#waiting.size > 0 && this.#timer === null) this.#tell();
  }

  #tell() {
    const all = [...this.#waiting].sort(([, a], [, b]) => Number(a === 'up') - Number(b === 'up'));
    this.#waiting.clear();
    const named = all.slice(0, MOST_NAMED).map(([link, state]) => `${link} is ${state}.`);
    const others = all.slice(MOST_NAMED).map(([, state]) => state);
    const rest = others.length === 0 ? [] : [`${count(others.length, 'other link')}: ${tally(others)}.`];
    this.#place.textContent = [...named, ...rest].join(' ');
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.#waiting.size > 0) this.#tell();
    }, PAUSE);
  }
}

function carries(state) {
  return state === 'up' || state === 'suspect';
}

/** `3 down, 1 up`. */
export function tally(states) {
  const counts = new Map();
  for (const state of states) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, number]) => `${number} ${state}`).join(', ');
}
