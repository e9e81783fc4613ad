/** The rows of one peer in the table: itself, and when it is open its links. Made once, then only changed. */
import { html, mark, setAttribute, setMark, setText } from './dom.js';
import { Plot } from './plot.js';
import { count, duration, milliseconds, percent, rate, short } from './text.js';

/** Share of loss that is worth a colour. */
const LOSSY = 0.01;

const PEER_MARKS = { connected: 'up', connecting: 'down', shutdown: 'disabled' };

/** Heads of the columns; where a row is a card, they stand in each cell. */
const LABELS = ['Peer, link', 'State', 'Links, path', 'RTT', 'Loss out / in', 'Traffic out / in', 'Failovers, downs'];

/** The head of the table. Roles are given though they are those of the elements: styles may make blocks of them. */
export function headRows() {
  const cells = LABELS.map((label) => html('th', { role: 'columnheader', scope: 'col' }, label));
  return html('thead', { role: 'rowgroup' }, html('tr', { role: 'row' }, ...cells));
}

export class PeerRows {
  element = html('tbody', { role: 'rowgroup' });
  #name = html('button', { type: 'button', class: 'toggle' });
  #about = html('span', { class: 'about quiet' });
  #state = new Stated();
  #chips = html('span', { class: 'chips', role: 'img' });
  #up = html('span', { class: 'quiet' });
  #rtt = html('span', { class: 'value' });
  #loss = html('span', { class: 'value' });
  #traffic = html('span', { class: 'value' });
  #failovers = html('span');
  /** By link number. */
  #links = new Map();
  #row;

  /** @param onToggle is called with the peer's name */
  constructor(peer, onToggle) {
    this.#name.textContent = peer;
    this.#name.addEventListener('click', () => onToggle(peer));
    const links = [this.#chips, this.#up];
    this.#row = row(
      'peer',
      [this.#name, this.#about],
      [this.#state.element, ...[links, this.#rtt, this.#loss, this.#traffic, this.#failovers]],
    );
    this.element.append(this.#row);
  }

  /** @param model for the points of plots @param isOpen whether its links are shown */
  update(peer, model, isOpen) {
    setAttribute(this.#name, 'aria-expanded', String(isOpen));
    setAbout(this.#about, [`id ${peer.id}`, peer.policy, peer.description]);
    const age = peer.sessionAgeMs === null ? 'no session' : `session ${duration(peer.sessionAgeMs)}`;
    this.#state.update(PEER_MARKS[peer.state] ?? 'probing', peer.state, peer.state === 'shutdown' ? '' : age);
    this.#updateChips(peer);
    const carrying = peer.links.filter(({ state }) => state === 'up' || state === 'suspect');
    const rtts = carrying.map(({ rttMs }) => rttMs).filter((rtt) => rtt !== null);
    setText(this.#rtt, rtts.length === 0 ? '–' : `${milliseconds(Math.min(...rtts))} ms`);
    setLoss(this.#loss, worst(carrying, 'lossTx'), worst(carrying, 'lossRx'));
    setText(this.#traffic, `${rate(peer.out)} / ${rate(peer.in)}`);
    const lost = peer.resendLost === 0 ? '' : `, ${short(peer.resendLost)} lost`;
    setText(this.#failovers, `${short(peer.failovers)}${lost}`);
    setAttribute(this.#failovers, 'class', lost === '' ? '' : 'bad');
    this.#updateLinks(isOpen ? peer.links : [], model);
  }

  #updateChips({ links, linksUp, linksTotal }) {
    const key = links.map(({ link, state }) => `${link} ${state}`).join();
    if (this.#chips.dataset.key !== key) {
      this.#chips.dataset.key = key;
      this.#chips.replaceChildren(
        ...links.map(({ link, state }) => html('span', { class: 'chip' }, mark(state), String(link))),
      );
      const label = links.map(({ link, state }) => `link ${link} ${state}`).join(', ');
      setAttribute(this.#chips, 'aria-label', label === '' ? 'no links' : label);
    }
    setText(this.#up, `${linksUp}/${linksTotal} up`);
  }

  #updateLinks(links, model) {
    const wanted = new Set(links.map(({ link }) => link));
    for (const [number, known] of this.#links) {
      if (wanted.has(number)) continue;
      known.element.remove();
      this.#links.delete(number);
    }
    let before = this.#row;
    for (const link of links) {
      const known = this.#links.get(link.link) ?? new LinkRow(link.link);
      this.#links.set(link.link, known);
      if (before.nextSibling !== known.element) before.after(known.element);
      known.update(link, model);
      before = known.element;
    }
  }
}

class LinkRow {
  element;
  #about = html('span', { class: 'about quiet' });
  #state = new Stated();
  #local = html('span');
  #remote = html('span');
  #rtt = html('span', { class: 'value' });
  #loss = html('span', { class: 'value' });
  #traffic = html('span', { class: 'value' });
  #downs = html('span');
  #plots = { rtt: new Plot('rtt'), loss: new Plot('loss'), traffic: new Plot('traffic') };

  constructor(number) {
    const { rtt, loss, traffic } = this.#plots;
    this.element = row(
      'link',
      [html('span', {}, `link ${number}`), this.#about],
      [
        this.#state.element,
        html('span', { class: 'path' }, this.#local, ' ', this.#remote),
        [this.#rtt, rtt.element],
        [this.#loss, loss.element],
        [this.#traffic, traffic.element],
        this.#downs,
      ],
    );
  }

  update(link, model) {
    const { state, lastDownCause, downs } = link;
    const carries = state === 'up' || state === 'suspect';
    setAbout(this.#about, [link.description]);
    this.#state.update(state, state, state === 'disabled' ? '' : `for ${duration(link.sinceMs)}`);
    setText(this.#local, link.localAddress ?? 'no local link');
    setText(this.#remote, `→\u00a0${link.remoteAddress ?? 'not known'}`);
    setText(this.#rtt, carries && link.rttMs !== null ? `${milliseconds(link.rttMs)} ms` : '–');
    setLoss(this.#loss, carries ? link.lossTx : null, carries ? link.lossRx : null);
    setText(this.#traffic, `${rate(link.out)} / ${rate(link.in)}`);
    setText(this.#downs, downs === 0 ? '0' : `${count(downs, 'down')}, last by ${lastDownCause ?? 'unknown'}`);
    const points = model.points(link.peer, link.link);
    for (const plot of Object.values(this.#plots)) plot.draw(points, model.now.at, model.spanMs);
  }
}

/** A state as a sign and a word, and since when; it lights up once when it changes. */
class Stated {
  #mark = mark('probing');
  #word = html('strong');
  #since = html('span', { class: 'quiet' });
  element = html('span', { class: 'stated' }, this.#mark, this.#word, this.#since);
  #shown = null;

  update(sign, word, since) {
    setMark(this.#mark, sign);
    setText(this.#word, word);
    setAttribute(this.#word, 'class', sign);
    setText(this.#since, since);
    if (this.#shown !== null && this.#shown !== word) {
      this.element.classList.remove('changed');
      // The animation begins anew only if the browser has seen the element without it.
      void this.element.offsetWidth;
      this.element.classList.add('changed');
    }
    this.#shown = word;
  }
}

function row(kind, head, cells) {
  const all = [head, ...cells].map((content, i) => {
    const attributes = i === 0 ? { role: 'rowheader', scope: 'row' } : { role: 'cell', 'data-label': LABELS[i] };
    return html(i === 0 ? 'th' : 'td', attributes, ...[content].flat());
  });
  return html('tr', { role: 'row', class: kind }, ...all);
}

/** Words of the configuration may run in any direction; they must not turn what stands beside them. */
function setAbout(element, parts) {
  const text = parts.filter((part) => part !== null);
  if (element.dataset.text === text.join('\n')) return;
  element.dataset.text = text.join('\n');
  element.replaceChildren(...text.map((part) => html('bdi', {}, part)));
}

function setLoss(element, tx, rx) {
  setText(element, tx === null && rx === null ? '–' : `${percent(tx) ?? '–'} / ${percent(rx) ?? '–'}`);
  setAttribute(element, 'class', (tx ?? 0) + (rx ?? 0) >= LOSSY ? 'value warn' : 'value');
}

function worst(links, key) {
  const known = links.map((link) => link[key]).filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}
