/** The failover ledger, newest first; links that were only in doubt are there, too, but quieter. */
import { byId, html, mark } from './dom.js';
import { duration, short } from './text.js';

export class Ledger {
  #shown = '';

  /** @param failovers as `show failovers | json` has them, newest last @param time of the answer, RFC 3339 */
  draw({ failovers, time }) {
    const today = time.slice(0, 10);
    const key = JSON.stringify([failovers, today]);
    if (key === this.#shown) return;
    this.#shown = key;
    byId('ledger').replaceChildren(...failovers.toReversed().map((row) => rowOf(row, today)));
    byId('no-failovers').hidden = failovers.length > 0;
  }
}

function rowOf({ time, peer, link, verdict, cause, doubt, decideMs, resent, lost, backMs, drill }, today) {
  const isOver = verdict === 'cleared' || backMs !== null;
  const day = time.startsWith(today) ? '' : `${time.slice(5, 10)} `;
  const back = verdict === 'cleared' ? 'cleared' : backMs === null ? 'down' : duration(backMs);
  return html(
    'tr',
    { class: verdict === 'cleared' ? 'quiet' : isOver ? '' : 'open' },
    html('td', {}, html('time', { datetime: time }, `${day}${time.slice(11, 19)}`)),
    html(
      'th',
      { scope: 'row' },
      html('span', { class: 'chip' }, mark(verdict === 'down' ? 'down' : 'suspect'), `${peer} link ${link}`),
    ),
    html('td', {}, `${cause ?? doubt ?? '–'}${drill ? ' (drill)' : ''}`),
    number(back, isOver ? '' : 'bad'),
    number(lost === null ? 'not known' : short(lost), lost > 0 ? 'bad' : ''),
    number(verdict === 'down' ? duration(decideMs) : '–'),
    number(short(resent)),
  );
}

function number(text, kind = '') {
  return html('td', { class: `number ${kind}` }, text);
}
