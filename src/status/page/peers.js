/** The table of peers: which of them are shown, in which order, which are open. */
import { byId, setText } from './dom.js';
import { hasTrouble } from './model.js';
import { headRows, PeerRows } from './rows.js';

/** Up to so many peers are open from the beginning, where there is room: on a phone only those in trouble are. */
const OPEN_AT_FIRST = 12;
const ROOMY = matchMedia('(min-width: 1001px)');
const MOST_OPENED_AT_ONCE = 32;
/** Names as people sort them: site-9 before site-10. */
const NAMES = new Intl.Collator('en', { numeric: true });
/** Milliseconds between looks at the order, for what changes all the time. */
const SORT_PAUSE = 5000;

/** Worst or most first; equal ones by name. */
const ORDERS = {
  name: () => 0,
  id: (peer) => -peer.id,
  state: (peer) => peer.rank,
  rtt: (peer) => Math.max(-1, ...peer.links.map(({ state, rttMs }) => (state === 'up' ? (rttMs ?? -1) : -1))),
  loss: (peer) => Math.max(-1, ...peer.links.map(({ lossTx, lossRx }) => (lossTx ?? 0) + (lossRx ?? 0))),
  rate: (peer) => (peer.out ?? 0) + (peer.in ?? 0),
};

export class Peers {
  #table = document.querySelector('table.peers');
  #filter = byId('filter');
  #sort = byId('sort');
  #trouble = byId('trouble');
  #model;
  #onOpen;
  /** By name. */
  #rows = new Map();
  /** Which are open. */
  #chosen = new Map();
  #sortedAt = 0;

  /** @param onOpen is called when a peer was opened: its history is wanted */
  constructor(model, onOpen) {
    this.#model = model;
    this.#onOpen = onOpen;
    this.#table.setAttribute('role', 'table');
    this.#table.append(headRows());
    const anew = () => {
      this.#sortedAt = 0;
      this.draw();
    };
    for (const control of [this.#filter, this.#sort, this.#trouble]) control.addEventListener('input', anew);
    byId('open-all').addEventListener('click', () => this.#openAll());
    byId('close-all').addEventListener('click', () => this.#setAll(this.#model.peers, false));
  }

  /** Names of those whose links are on the page. */
  open() {
    return this.#shown()
      .filter((peer) => this.#isOpen(peer))
      .map((peer) => peer.peer);
  }

  /** Shows one alone. */
  pick(name) {
    this.#filter.value = name;
    this.#trouble.checked = false;
    this.#chosen.set(name, true);
    this.#sortedAt = 0;
    this.draw();
    this.#onOpen();
    byId('peers-title').scrollIntoView();
  }

  draw() {
    const { peers } = this.#model;
    const shown = new Set(this.#shown().map((peer) => peer.peer));
    const known = new Set(peers.map((peer) => peer.peer));
    for (const [name, rows] of this.#rows) {
      if (known.has(name)) continue;
      rows.element.remove();
      this.#rows.delete(name);
    }
    for (const peer of peers) {
      if (!this.#chosen.has(peer.peer)) this.#chosen.set(peer.peer, isOpenAtFirst(peer, peers));
      const rows = this.#rows.get(peer.peer) ?? this.#make(peer.peer);
      rows.element.hidden = !shown.has(peer.peer);
      if (shown.has(peer.peer)) rows.update(peer, this.#model, this.#isOpen(peer));
    }
    this.#order(peers);
    setText(byId('shown'), shown.size === peers.length ? String(shown.size) : `${shown.size} of ${peers.length}`);
    const none = byId('no-peers');
    none.hidden = shown.size > 0;
    setText(none, peers.length === 0 ? 'No peers are configured.' : 'No peer is like that.');
    const many = shown.size > MOST_OPENED_AT_ONCE;
    setText(byId('open-all'), many ? `Open first ${MOST_OPENED_AT_ONCE}` : 'Open all');
  }

  #make(name) {
    const rows = new PeerRows(name, () => this.#toggle(name));
    this.#rows.set(name, rows);
    this.#sortedAt = 0;
    return rows;
  }

  /** Nothing moves below the hands of somebody who is in the table, and otherwise not all the time. */
  #order(peers) {
    const now = performance.now();
    const isBusy = this.#table.contains(document.activeElement);
    if (this.#sortedAt !== 0 && (isBusy || now - this.#sortedAt < SORT_PAUSE)) return;
    this.#sortedAt = now;
    const focused = isBusy ? document.activeElement : null;
    let before = this.#table.tHead;
    for (const peer of this.#sorted(peers)) {
      const { element } = this.#rows.get(peer.peer);
      if (before.nextElementSibling !== element) before.after(element);
      before = element;
    }
    focused?.focus();
  }

  #sorted(peers) {
    const most = ORDERS[this.#sort.value] ?? ORDERS.name;
    return [...peers].sort((a, b) => most(b) - most(a) || NAMES.compare(a.peer, b.peer));
  }

  #shown() {
    const wanted = this.#filter.value.trim().toLowerCase();
    return this.#sorted(this.#model.peers).filter((peer) => {
      if (this.#trouble.checked && !hasTrouble(peer)) return false;
      const words = [peer.peer, String(peer.id), peer.description, ...peer.links.map((link) => link.description)];
      return wanted === '' || words.some((word) => word?.toLowerCase().includes(wanted));
    });
  }

  #isOpen(peer) {
    return this.#chosen.get(peer.peer) ?? false;
  }

  #toggle(name) {
    this.#setAll(
      this.#model.peers.filter((peer) => peer.peer === name),
      (peer) => !this.#isOpen(peer),
    );
  }

  #openAll() {
    this.#setAll(this.#shown().slice(0, MOST_OPENED_AT_ONCE), true);
  }

  #setAll(peers, open) {
    const all = peers.map((peer) => [peer.peer, typeof open === 'function' ? open(peer) : open]);
    this.#chosen = new Map([...this.#chosen, ...all]);
    this.draw();
    if (all.some(([, isOpen]) => isOpen)) this.#onOpen();
  }
}

function isOpenAtFirst(peer, peers) {
  return peers.length <= OPEN_AT_FIRST && (ROOMY.matches || hasTrouble(peer));
}
