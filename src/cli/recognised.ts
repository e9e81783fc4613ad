/**
 * What may be logged of a line that was refused: what the grammar makes of it. Whoever types a secret in the wrong place
 * must not find it in a log, so of the rest there is only a sign.
 */
import { afterDo } from './grammar/outlook.js';
import type { ModeName } from './grammar/token.js';
import { modeChain } from './grammar/tree.js';
import type { ValueSpec } from './grammar/value.js';
import { valueLabel } from './grammar/value.js';
import type { Candidate, Step } from './grammar/walk.js';
import { advance, start, stepsOf } from './grammar/walk.js';
import { splitWords } from './grammar/words.js';

/** Stands for what is not said. */
const REST = '…';

/** Parameters that have no room for a secret: numbers and addresses. */
const OPEN: ReadonlySet<ValueSpec['kind']> = new Set(['integer', 'address', 'endpoint', 'prefix', 'mac', 'vlans']);

/** Longer names may be keys: 32 bytes take 43 characters of base64. */
const MOST_OF_NAME = 32;

/**
 * Keywords in full, numbers, addresses and names as they are, other parameters by their form, and `…` for all from the
 * first word on that does not fit, or from a bar.
 */
export function recognised(mode: ModeName, line: string): string {
  const done = afterDo(mode, line);
  if (done !== null) return `do ${recognised('exec', done)}`;
  for (const spec of modeChain(mode)) {
    const said = sayings(start(spec, true), line);
    if (said[0] !== REST && !(said[0] === 'no' && said[1] === REST)) return said.join(' ');
  }
  return REST;
}

function sayings(from: readonly Candidate[], line: string): string[] {
  const said: string[] = [];
  let candidates = from;
  for (const typed of splitWords(line)) {
    const next = typed.text === '|' ? null : advance(candidates, typed, line);
    if (next === null || 'error' in next) return [...said, REST];
    said.push(saying(stepsOf(candidates), typed.text));
    if (next.endOfLine) return said;
    candidates = next.candidates;
  }
  return said;
}

/** A word that one of the steps has taken. */
function saying(steps: readonly Step[], text: string): string {
  const typed = text.toLowerCase();
  const words = steps.flatMap(({ token }) =>
    token.type === 'word' && token.word.startsWith(typed) ? [token.word] : [],
  );
  if (words.length > 0) return words.includes(typed) ? typed : (words[0] as string);
  const specs = steps.flatMap(({ token }) => (token.type === 'value' ? [token.of] : []));
  const named = specs.some(({ kind }) => kind === 'name' || kind === 'device');
  if (specs.every(({ kind }) => OPEN.has(kind)) || (named && specs.length === 1 && text.length <= MOST_OF_NAME))
    return text;
  return specs.length === 1 ? valueLabel(specs[0] as ValueSpec) : REST;
}
