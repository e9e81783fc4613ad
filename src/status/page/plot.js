/** Plots of the last minutes, as small as a word. Each has a text beside it that says its range. */
import { setAttribute, svg } from './dom.js';
import { milliseconds, percent, rate } from './text.js';

const WIDTH = 120;
const HEIGHT = 22;

/** Height of the mark of a doubt. */
const DOUBT = 5;

/** Loss below which a plot does not fill its height. */
const LEAST_LOSS = 0.02;

/** What each plot shows of a point: up to two values, the second downwards. */
const KINDS = {
  rtt: {
    values: [(point) => point.rttMs],
    least: 0.1,
    says: (most, least) => `RTT ${milliseconds(least)} to ${milliseconds(most)} ms`,
  },
  loss: {
    values: [(point) => point.loss],
    least: LEAST_LOSS,
    says: (most) => `loss up to ${percent(most)}`,
  },
  traffic: {
    values: [(point) => point.out, (point) => point.in],
    least: 1000,
    says: (most) => `up to ${rate(most)}`,
  },
};

export class Plot {
  #kind;
  #bands = svg('g');
  #areas;
  #title = svg('title');
  element;

  /** @param {'rtt' | 'loss' | 'traffic'} kind */
  constructor(kind) {
    this.#kind = KINDS[kind];
    this.#areas = this.#kind.values.map((_, i) => svg('path', { class: i === 0 ? 'area' : 'area below' }));
    const axis = this.#areas.length === 2 ? HEIGHT / 2 : HEIGHT - 0.5;
    const line = svg('path', { class: 'axis', d: `M0 ${axis}H${WIDTH}` });
    const size = { width: WIDTH, height: HEIGHT, viewBox: `0 0 ${WIDTH} ${HEIGHT}` };
    const children = [this.#title, this.#bands, line, ...this.#areas];
    this.element = svg('svg', { class: `plot ${kind}`, role: 'img', ...size }, ...children);
  }

  /** @param points oldest first @param now the time at the right edge, @param spanMs from the left edge to it */
  draw(points, now, spanMs) {
    const x = (at) => Math.max(0, WIDTH * (1 - (now - at) / spanMs));
    const { values, least, says } = this.#kind;
    const all = points.flatMap((point) => values.map((value) => value(point))).filter((value) => value !== null);
    const most = Math.max(0, ...all);
    const height = values.length === 2 ? HEIGHT / 2 : HEIGHT;
    const scale = (height - 1) / Math.max(least, most * 1.05);
    this.#areas.forEach((area, i) => {
      const base = values.length === 2 ? height : HEIGHT - 0.5;
      const y = (value) => base + (i === 0 ? -1 : 1) * value * scale;
      setAttribute(area, 'd', outline(points, values[i], x, y, base));
    });
    this.#shade(points, x);
    const span = `last ${Math.round(spanMs / 60_000)} minutes`;
    const label = all.length === 0 ? `${span}: nothing known` : `${span}: ${says(most, Math.min(...all))}`;
    if (this.#title.textContent !== label) this.#title.textContent = label;
  }

  /** Stretches in which the link was not up: what was so at a point was so since the one before. */
  #shade(points, x) {
    const bands = [];
    points.forEach(({ at, state }, i) => {
      if (state === 'up' || state === null) return;
      const from = i === 0 ? x(at) - 2 : x(points[i - 1].at);
      const last = bands.at(-1);
      if (last?.state === state && last.to === from) last.to = x(at);
      else bands.push({ state, from, to: x(at) });
    });
    const drawn = bands.map(
      ({ state, from, to }) => `${state} ${from.toFixed(1)} ${Math.max(2, to - from).toFixed(1)}`,
    );
    if (this.#bands.dataset.drawn === drawn.join()) return;
    this.#bands.dataset.drawn = drawn.join();
    this.#bands.replaceChildren(
      ...drawn.map((band) => {
        const [state, left, width] = band.split(' ');
        // Doubt is a mark at the foot, an outage as high as the plot: the colour is not needed to tell them apart.
        const height = state === 'suspect' ? DOUBT : HEIGHT;
        return svg('rect', { class: `band ${state}`, x: left, y: HEIGHT - height, width, height });
      }),
    );
  }
}

/** An area below the values, with gaps where there are none. */
function outline(points, value, x, y, base) {
  let path = '';
  let run = [];
  const end = () => {
    if (run.length === 0) return;
    const [first, last] = [run[0], run.at(-1)];
    // A single point would not be seen.
    const left = run.length === 1 ? Math.max(0, first.x - 1.5) : first.x;
    path += `M${left.toFixed(1)} ${base}L${run.map((at) => `${at.x.toFixed(1)} ${at.y.toFixed(1)}`).join(' ')}`;
    path += `L${last.x.toFixed(1)} ${base}Z`;
    run = [];
  };
  for (const point of points) {
    const known = value(point);
    if (known === null) end();
    else run.push({ x: x(point.at), y: y(known) });
  }
  end();
  return path;
}
