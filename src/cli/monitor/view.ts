/** How the live screen is looked at: sorting, filter, scrolling; and what each key does to that. */

const SORTS = ['name', 'state', 'rtt', 'loss', 'rate'] as const;
export type Sort = (typeof SORTS)[number];

const INTERVALS = [1, 2, 5, 10] as const;

export interface View {
  readonly sort: Sort;
  readonly reverse: boolean;
  /** Only peers whose name has this in it. */
  readonly filter: string;
  /** A filter is being typed. */
  readonly typing: boolean;
  readonly paused: boolean;
  readonly help: boolean;
  /** Rows of the table that are above the screen. */
  readonly scroll: number;
  /** Seconds between snapshots. */
  readonly interval: number;
}

export const FIRST_VIEW: View = {
  sort: 'name',
  reverse: false,
  filter: '',
  typing: false,
  paused: false,
  help: false,
  scroll: 0,
  interval: 1,
};

/** A key as node:readline tells it. */
export interface MonitorKey {
  readonly text: string | undefined;
  readonly name: string | undefined;
  readonly ctrl: boolean;
}

const MOST_TYPED = 32;
/** Rows that a page key scrolls. */
const PAGE = 10;

/** What a key makes of the view; null: leave. */
export function pressed(view: View, key: MonitorKey): View | null {
  if (key.ctrl && (key.name === 'c' || key.name === 'd')) return null;
  if (view.typing) return typed(view, key);
  switch (key.name ?? key.text) {
    case 'up':
      return { ...view, scroll: Math.max(0, view.scroll - 1) };
    case 'down':
      return { ...view, scroll: view.scroll + 1 };
    case 'pageup':
      return { ...view, scroll: Math.max(0, view.scroll - PAGE) };
    case 'pagedown':
      return { ...view, scroll: view.scroll + PAGE };
    case 'home':
      return { ...view, scroll: 0 };
    case 'escape':
      return view.help ? { ...view, help: false } : { ...view, filter: '', scroll: 0 };
  }
  switch (key.text) {
    case 'q':
      return view.help ? { ...view, help: false } : null;
    case '?':
    case 'h':
      return { ...view, help: !view.help };
    case ' ':
    case 'p':
      return { ...view, paused: !view.paused };
    case 's':
      return { ...view, sort: after(SORTS, view.sort), scroll: 0 };
    case 'r':
      return { ...view, reverse: !view.reverse, scroll: 0 };
    case 'i':
      return { ...view, interval: after(INTERVALS, view.interval as (typeof INTERVALS)[number]) };
    case '/':
      return { ...view, typing: true, filter: '', scroll: 0 };
  }
  return view;
}

function typed(view: View, { text, name }: MonitorKey): View {
  if (name === 'return' || name === 'enter') return { ...view, typing: false };
  if (name === 'escape') return { ...view, typing: false, filter: '' };
  if (name === 'backspace') return { ...view, filter: view.filter.slice(0, -1) };
  if (text === undefined || !/^[\w.-]$/.test(text) || view.filter.length >= MOST_TYPED) return view;
  return { ...view, filter: view.filter + text };
}

function after<T>(all: readonly T[], present: T): T {
  return all[(all.indexOf(present) + 1) % all.length] as T;
}
