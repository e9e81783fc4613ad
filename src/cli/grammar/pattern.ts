/**
 * Regular expressions for `| include` and its like, matched in time linear in the text whatever the expression
 * (Thompson, "Regular expression search algorithm", CACM 11(6), 1968): all states at once, never going back. So no
 * expression that somebody types can keep a shell or the daemon busy for long.
 *
 * What is understood: `.` `[a-z]` `[^a-z]` `*` `+` `?` `{2}` `{2,}` `{2,5}` `(…)` `|` `^` `$` `\d` `\w` `\s` (and
 * `\D` `\W` `\S`), `\b`, and `\` before any other sign, which then stands for itself. Case matters.
 */

export interface Pattern {
  /** Whether the expression is found anywhere in the line. */
  matches(line: string): boolean;
}

/** Bounds the memory of an expression, and the steps for each character. */
const MOST_STATES = 2000;
const TOO_LARGE = 'it is too large: repeat less';

type Op = 'char' | 'split' | 'begin' | 'end' | 'border' | 'match';
type CharTest = (code: number) => boolean;

/** One state; `next` and `other` are numbers of states, -1 where none is needed. */
interface State {
  readonly op: Op;
  readonly test: CharTest | null;
  next: number;
  other: number;
}

/** A part of the expression that is not built yet: built with what follows it, it returns the state to begin in. */
type Part = (after: number) => number;

class Wrong extends Error {}

/** Compiles an expression, or says what is wrong with it (a phrase that fits after "because"). */
export function compilePattern(text: string): Pattern | { readonly refusal: string } {
  try {
    return new Parser([...text]).compile();
  } catch (error) {
    if (error instanceof Wrong) return { refusal: error.message };
    throw error;
  }
}

const isWord: CharTest = (c) => (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || c === 95 || (c >= 97 && c <= 122);
const isDigit: CharTest = (c) => c >= 48 && c <= 57;
const isSpace: CharTest = (c) => c === 32 || (c >= 9 && c <= 13) || c === 0xa0;
const CLASSES: Readonly<Record<string, CharTest>> = {
  d: isDigit,
  w: isWord,
  s: isSpace,
  D: (c) => !isDigit(c),
  W: (c) => !isWord(c),
  S: (c) => !isSpace(c),
};

class Parser {
  readonly #signs: readonly string[];
  readonly #states: State[] = [];
  #at = 0;
  /** Repetitions that were written out. Those of nothing take no state, so they have a bound of their own. */
  #copies = 0;

  constructor(signs: readonly string[]) {
    this.#signs = signs;
  }

  compile(): Pattern {
    const whole = this.#alternatives();
    if (this.#at < this.#signs.length) throw this.#wrong("there is no '(' to the ')'");
    const start = whole(this.#state('match', -1));
    return new Matcher(this.#states, start);
  }

  #alternatives(): Part {
    const parts = [this.#sequence()];
    while (this.#take('|')) parts.push(this.#sequence());
    return (after) => parts.map((part) => part(after)).reduceRight((other, next) => this.#split(next, other));
  }

  #sequence(): Part {
    const parts: Part[] = [];
    while (this.#at < this.#signs.length && this.#sign !== '|' && this.#sign !== ')') parts.push(this.#repeated());
    return (after) => parts.reduceRight((next, part) => part(next), after);
  }

  #repeated(): Part {
    let part = this.#single();
    for (;;) {
      if (this.#take('*')) part = this.#many(part, 0, null);
      else if (this.#take('+')) part = this.#many(part, 1, null);
      else if (this.#take('?')) part = this.#many(part, 0, 1);
      else if (this.#sign === '{') part = this.#counted(part);
      else return part;
    }
  }

  #counted(part: Part): Part {
    const counts = /^\{(\d{1,4})(?:(,)(\d{1,4})?)?\}/.exec(this.#signs.slice(this.#at, this.#at + 11).join(''));
    if (counts === null) throw this.#wrong("'{' must begin a number of times, such as {2,5}: '\\{' for the sign");
    const [text, least, comma, most] = counts;
    const min = Number(least);
    const max = comma === undefined ? min : most === undefined ? null : Number(most);
    if (max !== null && max < min) throw this.#wrong(`{${min},${max}} ends before it begins`);
    this.#at += text.length;
    return this.#many(part, min, max);
  }

  #many(part: Part, min: number, max: number | null): Part {
    return (after) => {
      let next = after;
      if (max === null) {
        const loop = this.#state('split', -1, after);
        (this.#states[loop] as State).next = part(loop);
        next = loop;
      } else for (let i = min; i < max; i++) next = this.#split(this.#copy(part, next), after);
      for (let i = 0; i < min; i++) next = this.#copy(part, next);
      return next;
    };
  }

  #copy(part: Part, after: number): number {
    if (++this.#copies > MOST_STATES) throw new Wrong(TOO_LARGE);
    return part(after);
  }

  #single(): Part {
    const sign = this.#signs[this.#at++] as string;
    switch (sign) {
      case '(':
        return this.#group();
      case '[':
        return this.#chars(this.#set());
      case '.':
        return this.#chars(() => true);
      case '^':
        return (after) => this.#state('begin', after);
      case '$':
        return (after) => this.#state('end', after);
      case '\\':
        return this.#escaped();
      case '*':
      case '+':
      case '?':
      case '{':
        throw this.#wrong(`there is nothing before '${sign}' to repeat: '\\${sign}' for the sign`, 1);
    }
    return this.#chars(same(sign));
  }

  #group(): Part {
    const opened = this.#at;
    if (this.#take('?') && !this.#take(':')) throw this.#wrong("only '(…)' and '(?:…)' are understood");
    const inside = this.#alternatives();
    if (!this.#take(')')) throw new Wrong(`the '(' at character ${opened} is not closed`);
    return inside;
  }

  #escaped(): Part {
    const sign = this.#signs[this.#at++];
    if (sign === undefined) throw new Wrong("nothing follows the '\\' at the end");
    if (sign === 'b') return (after) => this.#state('border', after);
    if (/[1-9]/.test(sign)) throw this.#wrong(`'\\${sign}' (what was matched before) is not understood`, 1);
    return this.#chars(CLASSES[sign] ?? same(sign === 't' ? '\t' : sign));
  }

  /** Between brackets; a `]` right at the beginning, and a `-` at either end, stand for themselves. */
  #set(): CharTest {
    const opened = this.#at;
    const negated = this.#take('^');
    const tests: CharTest[] = [];
    for (let first = true; first || this.#sign !== ']'; first = false) {
      if (this.#at >= this.#signs.length) throw new Wrong(`the '[' at character ${opened} is not closed`);
      tests.push(this.#member());
    }
    this.#at++;
    return negated ? (c) => !tests.some((test) => test(c)) : (c) => tests.some((test) => test(c));
  }

  #member(): CharTest {
    const low = this.#signs[this.#at++] as string;
    if (low === '\\') {
      const sign = this.#signs[this.#at++] ?? '';
      return CLASSES[sign] ?? same(sign === 't' ? '\t' : sign);
    }
    const high = this.#signs[this.#at + 1];
    if (this.#sign !== '-' || high === undefined || high === ']') return same(low);
    this.#at += 2;
    const [from, to] = [low.codePointAt(0) as number, high.codePointAt(0) as number];
    if (from > to) throw this.#wrong(`the range ${low}-${high} ends before it begins`);
    return (c) => c >= from && c <= to;
  }

  #chars(test: CharTest): Part {
    return (after) => this.#state('char', after, -1, test);
  }

  #split(next: number, other: number): number {
    return this.#state('split', next, other);
  }

  #state(op: Op, next: number, other = -1, test: CharTest | null = null): number {
    if (this.#states.length >= MOST_STATES) throw new Wrong(TOO_LARGE);
    return this.#states.push({ op, test, next, other }) - 1;
  }

  get #sign(): string | undefined {
    return this.#signs[this.#at];
  }

  #take(sign: string): boolean {
    if (this.#sign !== sign) return false;
    this.#at++;
    return true;
  }

  #wrong(what: string, back = 0): Wrong {
    return new Wrong(`${what} (character ${this.#at + 1 - back})`);
  }
}

function same(sign: string): CharTest {
  const code = sign.codePointAt(0);
  return (c) => c === code;
}

class Matcher implements Pattern {
  readonly #states: readonly State[];
  readonly #start: number;
  /** When a state was put into a list last, as a number of the step: each is there once. */
  readonly #seen: Float64Array;
  #step = 0;

  constructor(states: readonly State[], start: number) {
    this.#states = states;
    this.#start = start;
    this.#seen = new Float64Array(states.length);
  }

  matches(line: string): boolean {
    let now: number[] = [];
    let before = -1;
    const signs = Array.from(line, (sign) => sign.codePointAt(0) as number);
    for (let at = 0; at <= signs.length; at++) {
      const code = signs[at] ?? -1;
      this.#step++;
      const ready: number[] = [];
      // The expression may begin at each place.
      for (const state of [...now, this.#start]) if (this.#reach(state, before, code, ready)) return true;
      now = [];
      for (const state of ready) {
        const { test, next } = this.#states[state] as State;
        if (code >= 0 && test?.(code)) now.push(next);
      }
      before = code;
    }
    return false;
  }

  /** Adds the states that wait for a character and can be reached without one; true: the end is among them. */
  #reach(from: number, before: number, code: number, ready: number[]): boolean {
    const open = [from];
    for (let state = open.pop(); state !== undefined; state = open.pop()) {
      if (this.#seen[state] === this.#step) continue;
      this.#seen[state] = this.#step;
      const { op, next, other } = this.#states[state] as State;
      if (op === 'match') return true;
      if (op === 'char') ready.push(state);
      else if (op === 'split') open.push(other, next);
      else if (holds(op, before, code)) open.push(next);
    }
    return false;
  }
}

function holds(op: Op, before: number, code: number): boolean {
  if (op === 'begin') return before < 0;
  return op === 'end' ? code < 0 : isWord(before) !== isWord(code);
}
