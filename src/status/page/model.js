/** What the page knows: the newest answer, the rates between the last two, and what the plots are made of. */

/** States of links from best to worst; what is switched off is no trouble. */
const RANKS = ['disabled', 'up', 'probing', 'suspect', 'down'];

/** Points since the newest sample of the history that are kept at most: it is asked for before there are so many. */
const MOST_RECENT = 30;

export class Model {
  /** The newest answer, its tables as objects; null before the first. */
  now = null;
  /** Peers in the order of the answer; each with its `links`, `out` and `in` (bits a second) and `rank`. */
  peers = [];
  /** Bits a second out of and into the interface. */
  out = null;
  in = null;
  /** By peer and link: what the daemon has told of the last minutes. */
  #history = new Map();
  #historyEnd = Number.NEGATIVE_INFINITY;
  /** The same since then, from the answers. */
  #recent = new Map();
  spanMs = 300_000;

  /**
   * Takes an answer of /status.json.
   * @param {Set<string>} open names of peers whose points are wanted
   * @returns the links whose state is another than before
   */
  take(body, open) {
    const before = this.now;
    if (before !== null && before.pid === body.pid && body.at === before.at) return [];
    // In a container each daemon has the same number: its clock begins anew.
    const goesOn = before !== null && before.pid === body.pid && body.at > before.at;
    if (!goesOn) this.#forget();
    const seconds = goesOn ? (body.at - before.at) / 1000 : 0;
    const known = new Map(this.peers.map((peer) => [peer.peer, peer]));
    const links = byPeer(rowsOf(body.links));
    const changed = [];
    this.peers = rowsOf(body.peers).map((peer) => {
      const old = goesOn ? known.get(peer.peer) : undefined;
      const own = (links.get(peer.peer) ?? []).map((link) => {
        const was = old?.links.find((each) => each.link === link.link);
        if (was !== undefined && was.state !== link.state) changed.push({ ...link, was: was.state });
        return { ...link, ...ratesOf(link, was, seconds), rank: RANKS.indexOf(link.state) };
      });
      // A peer without any link that carries is in trouble whatever its links are said to be.
      const rank = peer.state === 'connecting' ? RANKS.length : Math.max(0, ...own.map((link) => link.rank));
      return { ...peer, ...ratesOf(peer, old, seconds), links: own, rank };
    });
    const rates = ratesOf(body.interface, before?.interface, seconds);
    this.out = rates.out;
    this.in = rates.in;
    this.now = body;
    this.#note(open);
    return changed;
  }

  /** Takes an answer of /history.json: of these peers all that was known is replaced. */
  takeHistory({ pid, spanMs, states, at, links }) {
    if (this.now === null || pid !== this.now.pid) return;
    this.spanMs = spanMs;
    this.#history = new Map(
      links.map(({ peer, link, state, rttMs, loss, out, in: incoming }) => [
        keyOf(peer, link),
        at.map((time, i) => ({
          at: time,
          state: states[Number(state[i])] ?? null,
          rttMs: rttMs[i],
          loss: loss[i],
          out: out[i],
          in: incoming[i],
        })),
      ]),
    );
    this.#historyEnd = at.at(-1) ?? Number.NEGATIVE_INFINITY;
    for (const [key, points] of this.#recent)
      this.#recent.set(
        key,
        points.filter((point) => point.at > this.#historyEnd),
      );
  }

  /** Points of a link, oldest first: `at`, `state`, `rttMs`, `loss`, `out`, `in`; what is not known is null. */
  points(peer, link) {
    const key = keyOf(peer, link);
    return [...(this.#history.get(key) ?? []), ...(this.#recent.get(key) ?? [])];
  }

  #note(open) {
    const { at } = this.now;
    const recent = new Map();
    for (const { peer, links } of this.peers) {
      if (!open.has(peer)) continue;
      for (const link of links) {
        const { state, rttMs, lossTx, lossRx, out, in: incoming } = link;
        const carries = state === 'up' || state === 'suspect';
        const loss = lossTx === null && lossRx === null ? null : Math.max(lossTx ?? 0, lossRx ?? 0);
        const point = {
          at,
          state,
          rttMs: carries ? rttMs : null,
          loss: carries ? loss : null,
          out,
          in: incoming,
        };
        const key = keyOf(peer, link.link);
        recent.set(key, [...(this.#recent.get(key) ?? []), point].slice(-MOST_RECENT));
      }
    }
    this.#recent = recent;
  }

  #forget() {
    this.#history = new Map();
    this.#recent = new Map();
    this.#historyEnd = Number.NEGATIVE_INFINITY;
  }
}

function keyOf(peer, link) {
  return `${peer} ${link}`;
}

function byPeer(links) {
  const groups = new Map();
  for (const link of links) groups.set(link.peer, [...(groups.get(link.peer) ?? []), link]);
  return groups;
}

/** A table of the answer as objects. */
function rowsOf({ columns, rows }) {
  return rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]])));
}

/** Bits a second since `before`; null when there is nothing to compare with. */
function ratesOf(now, before, seconds) {
  if (!now || !before || seconds <= 0) return { out: null, in: null };
  const rate = (bytes, then) => Math.max(0, ((bytes - then) * 8) / seconds);
  return { out: rate(now.txBytes, before.txBytes), in: rate(now.rxBytes, before.rxBytes) };
}

/** Trouble: a link that should carry does not, or is in doubt; or no link does. */
export function hasTrouble(peer) {
  return peer.rank > RANKS.indexOf('up');
}
