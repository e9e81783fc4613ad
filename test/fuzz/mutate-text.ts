/** Lines of commands: made by walking the grammar, and changed the way people and files go wrong. */
import { filters } from '../../src/cli/grammar/pipes.js';
import type { ModeSpec, Token, ValueToken } from '../../src/cli/grammar/token.js';
import { tree } from '../../src/cli/grammar/tree.js';
import type { Random } from '../sim/random.js';

const STRANGE = [
  '|',
  '!',
  '?',
  '%',
  '"',
  "'",
  '\\',
  '\t',
  '\r',
  '\n',
  '\0',
  '\u007f',
  '\u0085',
  '\u00a0',
  '\u2028',
  '\ufeff',
  '\ud800',
  '𝒳',
  'é',
  'e\u0301',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'NaN',
  '-1',
  '0x10',
  '1e3',
  '４',
  '00',
  '99999999999',
  '4294967296',
  '0.0.0.0',
  '255.255.255.255',
  '::',
  '::ffff:1.2.3.4',
  'fe80::1%eth0',
  'no',
  'do',
  'exit',
  'end',
  'json',
];

/** A line that the grammar of `mode` knows, though what it says may be refused. */
export function legalLine(random: Random, mode: ModeSpec): string {
  const command = random.pick(mode.commands);
  const negated = command.no !== undefined && random.chance(0.2);
  const tokens = negated && random.chance(0.5) ? command.tokens.slice(0, command.no) : command.tokens;
  const words = tokens.flatMap((token) => wordsOf(random, token));
  if (negated) words.unshift('no');
  if (mode.name === 'exec')
    while (random.chance(0.3))
      words.push('|', ...random.pick(filters).tokens.flatMap((token) => wordsOf(random, token)));
  return words.map((word) => (random.chance(0.05) ? abbreviated(random, word) : word)).join(' ');
}

function abbreviated(random: Random, word: string): string {
  return word.slice(0, random.int(1, word.length));
}

function wordsOf(random: Random, token: Token): string[] {
  switch (token.type) {
    case 'word':
      return [token.word];
    case 'choice':
      return wordsOf(random, random.pick(token.of));
    case 'optional':
      return random.chance(0.5) ? token.of.flatMap((each) => wordsOf(random, each)) : [];
    case 'value':
      return [valueText(random, token)];
  }
}

function valueText(random: Random, { of }: ValueToken): string {
  switch (of.kind) {
    case 'integer':
      return String(random.chance(0.5) ? random.pick([of.min, of.max, 0, 1, 2, 3]) : random.int(of.min, of.max));
    case 'address':
      return random.pick(['192.0.2.1', '192.0.2.2', '2001:db8::1', '0.0.0.0', '::', '10.0.0.1']);
    case 'prefix':
      return of.family === 4 ? random.pick(['10.9.0.1/24', '10.9.0.2/32']) : random.pick(['fd00::1/64', 'fd00::2/128']);
    case 'mac':
      return random.pick(['02:00:00:00:00:01', '0200.0000.0002', '02-00-00-00-00-03']);
    case 'key':
      return Buffer.alloc(32, random.int(0, 3)).toString('base64');
    case 'name':
    case 'device':
      return random.pick(['a', 'b', 'host1', 'sennit0', 'eth0']);
    case 'path':
      return random.pick(['/etc/sennit/private.key', '/dev/null', '/x']);
    case 'pattern':
      return random.pick(['a', '^ *[a-z]+|x', '(a*)*b', '(', '[', 'a{2,3}', '.*{', '\\d']);
    case 'text':
      return random.pick(['some words here', 'show version', 'é | json', 'x']);
    default:
      return 'x';
  }
}

/** A line of any mode. */
export function anyLine(random: Random): string {
  return legalLine(random, random.pick(Object.values(tree)));
}

type TextMutator = (random: Random, text: string) => string;

const MUTATORS: readonly TextMutator[] = [
  (random, text) => spliced(random, text, random.int(0, 3), ''),
  (random, text) => spliced(random, text, 0, random.pick(STRANGE)),
  (random, text) => spliced(random, text, random.int(0, 5), String.fromCharCode(random.int(0, 0xffff))),
  (random, text) => spliced(random, text, 0, ' '.repeat(random.int(1, 5))),
  (random, text) => text.slice(0, random.int(0, text.length)),
  (random, text) => (random.chance(0.5) ? text.toUpperCase() : text.toLowerCase()),
  (random, text) => swapped(random, text.split(' ')).join(' '),
  (random, text) => `${text} ${random.pick(text.split(' '))}`,
  (random, text) => `${text} ${random.pick(STRANGE)}`,
  (random, text) => spliced(random, text, random.int(0, 8), anyLine(random)),
  (random, text) => text + random.pick(['x', ' ', '1', ' | ', 'é', '0']).repeat(random.pick([10, 100, 2000])),
];

export function mutateText(random: Random, text: string): string {
  let mutated = text;
  for (let steps = random.pick([1, 1, 2, 4]); steps > 0; steps--) mutated = random.pick(MUTATORS)(random, mutated);
  return mutated.slice(0, 100_000);
}

function spliced(random: Random, text: string, removed: number, put: string): string {
  const at = random.int(0, text.length);
  return text.slice(0, at) + put + text.slice(at + removed);
}

/** Two items in each other's place. */
export function swapped<T>(random: Random, items: readonly T[]): T[] {
  const copy = [...items];
  const [a, b] = [random.int(0, copy.length - 1), random.int(0, copy.length - 1)];
  [copy[a], copy[b]] = [copy[b]!, copy[a]!];
  return copy;
}
