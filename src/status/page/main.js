/** The status page: asks the daemon once a second while somebody looks, and shows what it says. */
import { byId } from './dom.js';
import { Ledger } from './ledger.js';
import { Mesh } from './mesh.js';
import { Model } from './model.js';
import { News } from './news.js';
import { Peers } from './peers.js';
import { drawSummary, Pulse } from './summary.js';

/** Milliseconds between two questions, and how long an answer is waited for. */
const INTERVAL = 1000;
const PATIENCE = 4000;
/** Silence after which the page says that it is old. */
const STALE_AFTER = 3000;
/** Between two questions for the history, and the most peers in one (the daemon's bound). */
const HISTORY_INTERVAL = 5000;
const HISTORY_PEERS = 32;

const model = new Model();
const pulse = new Pulse();
const news = new News(byId('news'));
const ledger = new Ledger();
const peers = new Peers(model, () => {
  historyAt = Number.NEGATIVE_INFINITY;
  ask();
});
const mesh = new Mesh(byId('mesh'), (name) => peers.pick(name));

let answeredAt = performance.now();
let historyAt = Number.NEGATIVE_INFINITY;
let why = 'it is slow';
let asking = false;
let timer = null;

async function get(path) {
  const response = await fetch(path, { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) });
  if (!response.ok) throw new Error(`it answered ${response.status} ${response.statusText}`);
  return response.json();
}

/** One question, and the next one planned; never two at a time. */
async function ask() {
  if (asking) return;
  asking = true;
  clearTimeout(timer);
  const begun = performance.now();
  try {
    show(await get('status.json'));
    if (begun - historyAt >= HISTORY_INTERVAL) await askHistory(begun);
  } catch (error) {
    // What fetch itself says of a refused connection differs by browser and says nothing.
    why = error.name === 'TimeoutError' ? 'it is slow' : error.name === 'TypeError' ? 'it does not run' : error.message;
  }
  asking = false;
  if (performance.now() - answeredAt > STALE_AFTER) pulse.silent(why);
  if (!document.hidden) timer = setTimeout(ask, Math.max(INTERVAL / 10, INTERVAL - (performance.now() - begun)));
}

async function askHistory(begun) {
  const open = peers.open();
  const parts = [];
  for (let i = 0; i < open.length; i += HISTORY_PEERS) {
    const query = open.slice(i, i + HISTORY_PEERS).map((name) => `peer=${encodeURIComponent(name)}`);
    parts.push(await get(`history.json?${query.join('&')}`));
  }
  historyAt = begun;
  const [first] = parts;
  if (first === undefined) return;
  model.takeHistory({ ...first, links: parts.flatMap(({ links }) => links) });
  peers.draw();
}

function show(body) {
  // Another version has another page.
  if (model.now !== null && model.now.version !== body.version) return location.reload();
  answeredAt = performance.now();
  pulse.answered(body.time);
  news.add(model.take(body, new Set(peers.open())));
  drawSummary(model);
  mesh.draw(model);
  ledger.draw(model.now);
  peers.draw();
}

// A page that nobody sees asks nothing.
document.addEventListener('visibilitychange', () => {
  if (document.hidden) return clearTimeout(timer);
  answeredAt = performance.now();
  historyAt = Number.NEGATIVE_INFINITY;
  ask();
});

// An answer that does not come must be noticed before it is given up.
setInterval(() => {
  if (!document.hidden && performance.now() - answeredAt > STALE_AFTER) pulse.silent(why);
}, INTERVAL);

new ResizeObserver(() => {
  if (model.now !== null) mesh.draw(model);
}).observe(byId('mesh'));

ask();
