/**
 * The mesh as a picture: this host with its local links as ports, its peers with theirs, and each link as a strand
 * between two ports. Where there are too many peers for that, each is a tile with a bar for each link.
 */
import { html, setAttribute, setText, svg } from './dom.js';
import { hasTrouble } from './model.js';
import { count, milliseconds } from './text.js';

/** Sizes in CSS pixels. */
const HEAD = 24;
const PORT = 17;
const PAD = 7;
const GAP = 12;
const CHARACTER = 7;
/** A picture that would be higher becomes tiles. */
const MOST_HEIGHT = 620;
const NARROW = 480;
const TWO_SIDES = 640;
/** Peers from which on they stand on both sides, where there is room. */
const BOTH_SIDES_FROM = 5;

const TILE = { width: 30, height: 20, gap: 4 };
/** Heights of a tile's bars by state: the shorter, the worse. */
const BARS = { up: 14, suspect: 10, probing: 7, down: 4, disabled: 2 };

export class Mesh {
  #place;
  #picture = null;
  /** What the picture was made for: peers, links, width. */
  #shape = '';
  /** By peer and link, what changes. */
  #updates = [];

  /** @param onPick is called with a peer's name when its tile is clicked */
  constructor(place, onPick) {
    this.#place = place;
    place.addEventListener('click', (event) => {
      const name = event.target.closest('[data-peer]')?.dataset.peer;
      if (name !== undefined) onPick(name);
    });
  }

  draw({ now, peers }) {
    const width = Math.floor(this.#place.clientWidth);
    if (width === 0) return;
    const ports = portsOf(now.interface, peers);
    const shape = JSON.stringify([width, now.hostname, ports, peers.map((peer) => [peer.peer, linksOf(peer)])]);
    if (shape !== this.#shape) {
      this.#shape = shape;
      this.#updates = [];
      this.#picture = this.#build(width, now.hostname, ports, peers);
      const isTiled = this.#picture.classList.contains('tiles');
      const words = 'Each tile is a peer, each bar a link: the shorter, the worse. A click shows the peer below.';
      this.#place.replaceChildren(this.#picture, ...(isTiled ? [html('p', { class: 'quiet' }, words)] : []));
    }
    const known = new Map(peers.map((peer) => [peer.peer, peer]));
    for (const update of this.#updates) update(known);
    setAttribute(this.#picture, 'aria-label', described(now.hostname, peers));
  }

  #build(width, hostname, ports, peers) {
    const sides = width >= TWO_SIDES && peers.length >= BOTH_SIDES_FROM ? 2 : 1;
    const half = Math.ceil(peers.length / sides);
    const columns = sides === 1 ? [peers] : [peers.slice(half), peers.slice(0, half)];
    const heights = columns.map((column) => sum(column.map((peer) => boxHeight(peer.links.length) + GAP)) - GAP);
    const height = Math.max(boxHeight(ports.length), ...heights);
    if (height > MOST_HEIGHT) return this.#tiles(width, peers);
    const narrow = width < NARROW;
    const host = { width: narrow ? 74 : 140, height: boxHeight(ports.length) };
    const peerWidth = narrow ? 122 : 160;
    host.x = sides === 1 ? 0.5 : Math.round((width - host.width) / 2);
    host.y = Math.round((height - host.height) / 2);
    const strands = svg('g');
    const boxes = svg('g');
    const size = { width, height: height + 1, viewBox: `0 0 ${width} ${height + 1}` };
    boxes.append(...box(host, hostname, 'host'));
    ports.forEach(({ link, address }, i) => {
      const y = portY(host, i);
      boxes.append(portText(host.x + 12, y, String(link), 'number'));
      if (!narrow) boxes.append(portText(host.x + 30, y, fit(address ?? '', host.width - 40), 'quiet'));
    });
    columns.forEach((column, side) => {
      const isRight = sides === 1 || side === 1;
      let y = Math.round((height - heights[side]) / 2) + 0.5;
      for (const peer of column) {
        const place = { x: isRight ? width - peerWidth - 0.5 : 0.5, y, width: peerWidth };
        place.height = boxHeight(peer.links.length);
        this.#peer(peer, place, { host, ports, isRight, strands, boxes });
        y += place.height + GAP;
      }
    });
    return svg('svg', { class: 'picture', role: 'img', ...size }, strands, boxes);
  }

  #peer(peer, place, { host, ports, isRight, strands, boxes }) {
    const parts = box(place, peer.peer, 'peer');
    boxes.append(...parts);
    this.#updates.push((known) => {
      const now = known.get(peer.peer);
      setAttribute(parts[0], 'class', `box peer ${now.state}`);
    });
    peer.links.forEach(({ link }, i) => {
      const y = portY(place, i);
      const from = { x: isRight ? host.x + host.width : host.x, y: portY(host, portIndex(ports, link)) };
      const to = { x: isRight ? place.x : place.x + place.width, y };
      const middle = (from.x + to.x) / 2;
      const strand = svg('path', { d: `M${from.x} ${from.y}C${middle} ${from.y} ${middle} ${to.y} ${to.x} ${to.y}` });
      const title = svg('title');
      strand.append(title);
      strands.append(strand);
      const sign = svg('use', { x: middle - 6, y: (from.y + to.y) / 2 - 6, width: 12, height: 12 });
      const disc = svg('circle', { class: 'disc', cx: middle, cy: (from.y + to.y) / 2, r: 9 });
      const badge = svg('g', {}, disc, sign);
      const port = svg('use', { x: to.x - 5, y: y - 5, width: 10, height: 10 });
      const knob = svg('g', {}, svg('circle', { class: 'disc', cx: to.x, cy: y, r: 6 }), port);
      const near = svg('circle', { class: 'port', cx: from.x, cy: from.y, r: 3.5 });
      const value = portText(place.x + 30, y, '', 'quiet');
      boxes.append(badge, near, knob, portText(place.x + 12, y, String(link), 'number'), value);
      this.#updates.push((known) => {
        const now = known.get(peer.peer).links[i];
        const text = says(now);
        setAttribute(strand, 'class', `strand ${now.state}`);
        setText(title, `${peer.peer} link ${link}: ${text}`);
        setAttribute(knob, 'class', `mark ${now.state}`);
        setAttribute(port, 'href', `#mark-${now.state}`);
        const isPlain = now.state === 'up' || now.state === 'disabled';
        setAttribute(badge, 'class', isPlain ? 'hidden' : `mark ${now.state}`);
        setAttribute(sign, 'href', `#mark-${now.state}`);
        setText(value, text);
      });
    });
  }

  #tiles(width, peers) {
    const perRow = Math.max(1, Math.floor((width + TILE.gap) / (TILE.width + TILE.gap)));
    const rows = Math.ceil(peers.length / perRow);
    const height = rows * (TILE.height + TILE.gap);
    const tiles = peers.map((peer, i) => {
      const x = (i % perRow) * (TILE.width + TILE.gap);
      const y = Math.floor(i / perRow) * (TILE.height + TILE.gap);
      return this.#tile(peer, x, y);
    });
    const size = { width, height, viewBox: `0 0 ${width} ${height}` };
    return svg('svg', { class: 'picture tiles', role: 'img', ...size }, ...tiles);
  }

  #tile(peer, x, y) {
    const title = svg('title');
    const { width, height } = TILE;
    const frame = svg('rect', { x: x + 0.5, y: y + 0.5, width: width - 1, height: height - 1, rx: 3 });
    const step = 26 / Math.max(peer.links.length, 4);
    const bars = peer.links.map((_, i) => svg('rect', { x: x + 2 + i * step, width: step - 1 }));
    let shown = '';
    this.#updates.push((known) => {
      const now = known.get(peer.peer);
      const state = `${now.state} ${now.links.map((link) => link.state).join()}`;
      if (state === shown) return;
      shown = state;
      setAttribute(frame, 'class', `frame ${hasTrouble(now) ? (now.linksUp === 0 ? 'down' : 'suspect') : ''}`);
      setText(title, `${peer.peer}: ${now.state}, ${now.linksUp} of ${count(now.linksTotal, 'link')} up`);
      bars.forEach((bar, i) => {
        const { state } = now.links[i];
        setAttribute(bar, 'class', `bar ${state}`);
        setAttribute(bar, 'y', String(y + height - 3 - BARS[state]));
        setAttribute(bar, 'height', String(BARS[state]));
      });
    });
    return svg('g', { class: 'tile', 'data-peer': peer.peer }, title, frame, ...bars);
  }
}

/** A box with a name: the rectangle first. */
function box({ x, y, width, height }, name, kind) {
  const text = svg('text', { x: x + 12, y: y + 16, class: 'name' }, fit(name, width - 20));
  text.append(svg('title', {}, name));
  return [svg('rect', { class: `box ${kind}`, x, y, width, height, rx: 5 }), text];
}

function portText(x, y, text, kind) {
  return svg('text', { x, y: y + 4, class: kind }, text);
}

function boxHeight(ports) {
  return HEAD + Math.max(1, ports) * PORT + PAD;
}

function portY({ y }, index) {
  return y + HEAD + index * PORT + PORT / 2;
}

function portIndex(ports, link) {
  return ports.findIndex((port) => port.link === link);
}

function linksOf({ links }) {
  return links.map(({ link }) => link);
}

/** Numbers of all links, of this host or of a peer, with this host's address without its port. */
function portsOf(tap, peers) {
  const addresses = new Map((tap?.localLinks ?? []).map(({ link, address }) => [link, address.replace(/:\d+$/, '')]));
  const numbers = new Set([...addresses.keys(), ...peers.flatMap(linksOf)]);
  return [...numbers].sort((a, b) => a - b).map((link) => ({ link, address: addresses.get(link) ?? null }));
}

function says({ state, rttMs }) {
  return state === 'up' && rttMs !== null ? `${milliseconds(rttMs)} ms` : state;
}

function fit(text, width) {
  const most = Math.floor(width / CHARACTER);
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}

/** What the picture shows, in a sentence: all of it is in the table. */
function described(hostname, peers) {
  const links = peers.flatMap((peer) => peer.links);
  const bad = links.filter(({ state }) => state !== 'up' && state !== 'disabled');
  const some = bad.slice(0, 5).map(({ peer, link, state }) => `${peer} link ${link} ${state}`);
  const rest = bad.length > some.length ? ` and ${bad.length - some.length} more` : '';
  const trouble = bad.length === 0 ? 'all that are enabled are up' : `${some.join(', ')}${rest}`;
  return `${hostname} and ${count(peers.length, 'peer')} with ${count(links.length, 'link')}: ${trouble}`;
}
