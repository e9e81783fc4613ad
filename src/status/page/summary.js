/** The head of the page: who this is, the figures of the whole, whether the daemon answers. */
import { byId, html, mark, setAttribute, setText } from './dom.js';
import { tally } from './news.js';
import { duration, rate, short } from './text.js';

const STATES = ['up', 'suspect', 'probing', 'down', 'disabled'];

export function drawSummary({ now, peers, out, in: incoming }) {
  const { hostname, network, version, uptimeSeconds, interface: tap } = now;
  const links = peers.flatMap((peer) => peer.links);
  const connected = peers.filter(({ state }) => state === 'connected').length;
  const bad = links.filter(({ state }) => state === 'suspect' || state === 'down' || state === 'probing');
  const device = tap === null ? 'no interface' : `${tap.name} ${tap.state}, MTU ${tap.mtu ?? '–'}`;
  const id = tap?.hostId == null ? '' : ` · host id ${tap.hostId}`;
  const uptime = duration(uptimeSeconds * 1000);
  setText(byId('host'), hostname);
  setText(byId('facts'), `network ${network}${id} · ${device} · Sennit ${version}, up ${uptime}`);
  const trouble = bad.length === 0 ? '' : `${tally(bad.map(({ state }) => state))} · `;
  setText(document.head.querySelector('title'), `${trouble}${hostname} · Sennit`);
  setText(byId('sum-peers'), `${connected} of ${peers.length}`);
  setAttribute(byId('sum-peers'), 'class', connected < peers.length ? 'warn' : '');
  drawStates(byId('sum-links'), links);
  setText(byId('sum-out'), rate(out));
  setText(byId('sum-in'), rate(incoming));
  setText(byId('sum-failovers'), short(sum(peers, 'failovers')));
  const lost = sum(peers, 'resendLost');
  setText(byId('sum-lost'), short(lost));
  setAttribute(byId('sum-lost'), 'class', lost > 0 ? 'bad' : '');
}

function drawStates(place, links) {
  const counts = STATES.map((state) => [state, links.filter((link) => link.state === state).length]);
  const shown = counts.filter(([state, number]) => number > 0 || state === 'up');
  const key = shown.join();
  if (place.dataset.key === key) return;
  place.dataset.key = key;
  place.replaceChildren(
    ...shown.map(([state, number]) => html('span', { class: 'chip' }, mark(state), `${number} ${state}`)),
  );
}

function sum(rows, key) {
  return rows.reduce((total, row) => total + row[key], 0);
}

/** Whether the page is live, and if not since when: told once aloud, counted only for the eye. */
export class Pulse {
  #answeredAt = null;
  #lastTime = null;

  /** @param time of the answer, RFC 3339 */
  answered(time) {
    this.#answeredAt = performance.now();
    this.#lastTime = time;
    setAttribute(byId('pulse'), 'data-live', 'yes');
    setAttribute(document.documentElement, 'data-stale', null);
    setText(byId('pulse-text'), `Live, ${time.slice(11, 19)} UTC`);
    byId('stale').hidden = true;
    setText(byId('stale'), '');
  }

  /** @param why in a few words */
  silent(why) {
    setAttribute(byId('pulse'), 'data-live', 'no');
    setAttribute(document.documentElement, 'data-stale', '');
    if (this.#answeredAt === null) {
      setText(byId('pulse-text'), 'No answer yet');
      return say(`The daemon does not answer: ${why}. The page tries again every second.`);
    }
    setText(byId('pulse-text'), `${duration(performance.now() - this.#answeredAt)} old`);
    const since = this.#lastTime.slice(11, 19);
    say(`No answer since ${since} UTC: ${why}. What is shown below was so then. The page tries again every second.`);
  }
}

function say(text) {
  byId('stale').hidden = false;
  setText(byId('stale'), text);
}
