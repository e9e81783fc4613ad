/** Regular expressions of filters against those of JavaScript, and against what makes those take forever. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Pattern } from '../../src/cli/grammar/pattern.js';
import { compilePattern } from '../../src/cli/grammar/pattern.js';

function pattern(text: string): Pattern {
  const compiled = compilePattern(text);
  assert.ok(!('refusal' in compiled), `${text}: ${'refusal' in compiled ? compiled.refusal : ''}`);
  return compiled;
}

const single = fc.constantFrom(
  'a',
  'b',
  '.',
  '[ab]',
  '[^a]',
  '[a-c-]',
  '\\w',
  '\\D',
  '\\s',
  '\\.',
  '^',
  '$',
  '\\b',
  'é',
);
const expression = fc.letrec<{ whole: string; part: string }>((tie) => ({
  part: fc.oneof({ weight: 4, arbitrary: single }, { weight: 1, arbitrary: tie('whole').map((inner) => `(${inner})`) }),
  whole: fc
    .array(
      fc.array(
        fc
          .tuple(tie('part'), fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{0,2}', '{1,}'))
          // JavaScript does not repeat what takes no character.
          .map(([part, times]) => (/^(\^|\$|\\b)$/.test(part) ? part : part + times)),
        { maxLength: 4 },
      ),
      { minLength: 1, maxLength: 3 },
    )
    .map((alternatives) => alternatives.map((parts) => parts.join('')).join('|')),
})).whole;
const line = fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' ', '-', '.', '1', 'é', '😀'), maxLength: 8 });

describe('a regular expression', () => {
  it('matches what that of JavaScript matches', () => {
    fc.assert(
      fc.property(expression, fc.array(line, { minLength: 1, maxLength: 8 }), (text, lines) => {
        const ours = pattern(text);
        const theirs = new RegExp(text, 'u');
        for (const each of lines) assert.equal(ours.matches(each), theirs.test(each), `/${text}/ ${each}`);
      }),
      { numRuns: 2000 },
    );
  });

  it('compiles or is refused with a reason, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ maxLength: 20 }), fc.string({ unit: fc.constantFrom(...'ab()[]{}|*+?^$\\-1,9') })),
        (text) => {
          const compiled = compilePattern(text);
          if ('refusal' in compiled) assert.ok(compiled.refusal.length > 5);
          else assert.equal(typeof compiled.matches('some (line) 1-2'), 'boolean');
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('takes time in proportion to the text', () => {
    const many = 'a'.repeat(20_000);
    for (const text of ['(a*)*b', '(a|a)*b', '(a|aa)+$b', '^(([a-z])+.)+[A-Z]([a-z])+$', '(.*a){12}b'])
      assert.equal(pattern(text).matches(many), false);
  });

  it('has a bound', () => {
    for (const text of [
      '(((a{99}){99}){99}){99}',
      '((((){9999}){9999}){9999}){9999}',
      `${'('.repeat(500)}${'a{9}'.repeat(300)}${')'.repeat(500)}`,
    ])
      assert.match((compilePattern(text) as { refusal: string }).refusal, /too large/);
  });

  it('says what is wrong with it', () => {
    const wrong: [string, RegExp][] = [
      ['a(b', /'\(' at character 2 is not closed/],
      ['a)b', /no '\(' to the '\)' \(character 2\)/],
      ['[a', /'\[' at character 1 is not closed/],
      ['*a', /nothing before '\*'/],
      ['a{x', /'\{' must begin a number/],
      ['a{3,2}', /ends before it begins/],
      ['[z-a]', /range z-a/],
      ['a\\', /nothing follows/],
      ['(a)\\1', /not understood/],
      ['(?=a)', /only '\(…\)'/],
    ];
    for (const [text, reason] of wrong) assert.match((compilePattern(text) as { refusal: string }).refusal, reason);
  });
});
