/** The borders that the linter has no rule for, and, once more, those that it has. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, normalize, sep } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const SRC = fileURLToPath(new URL('../../../src', import.meta.url));
const FFI = join('io', 'syscalls.ts');

/** Paths below `src/`. */
const FILES = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));

/** The code without its comments, which may speak of anything. */
function code(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}

/** What is behind `from`, `import`, `import(` and `require(`. */
function imports(text: string): string[] {
  return [...text.matchAll(/\b(?:from|import|require)\s*\(?\s*['"`]([^'"`]*)['"`]/g)].map((found) => found[1] ?? '');
}

/** What is wrong with a file of the core. */
function complaints(path: string, text: string): string[] {
  const clean = code(text);
  const words = [/node:/, /\bMath\s*\.\s*random\b/, /\bMath\s*\[/, /\bDate\b/].filter((word) => word.test(clean));
  const leaving = imports(clean).filter(
    (target) => !target.startsWith('.') || !normalize(join(path, '..', target)).startsWith(`core${sep}`),
  );
  return [...words.map((word) => `${path}: ${word}`), ...leaving.map((target) => `${path} imports ${target}`)];
}

describe('the core', () => {
  it('draws no randomness, reads no clock and imports nothing from outside', () => {
    const core = FILES.filter((name) => name.startsWith(`core${sep}`));
    assert.ok(core.length > 20, `only ${core.length} files`);
    assert.deepEqual(
      core.flatMap((name) => complaints(name, readFileSync(join(SRC, name), 'utf8'))),
      [],
    );
  });

  for (const line of [
    "import { read } from 'node:fs';",
    "import 'node:fs';",
    "import { VERSION } from '../version.js';",
    "export * from '../io/tap.js';",
    "import type { Tap } from './../io/tap.js';",
    "const fs = await import('fs');",
    "import koffi from 'koffi';",
    'const n = Math.random();',
    'const { random } = Math; Math["random"]();',
    'const now = Date.now();',
  ]) {
    it(`would be refused with: ${line}`, () => {
      assert.notDeepEqual(complaints(join('core', 'x.ts'), line), []);
    });
  }

  it('may speak of these things in comments, and import its own files', () => {
    const text =
      "/** Date, Math.random */\nimport { a } from './wire/ip.js';\n// node:fs\nexport const b = a; // Date\n";
    assert.deepEqual(complaints(join('core', 'x.ts'), text), []);
  });
});

it('only io/syscalls.ts imports koffi', () => {
  const users = FILES.filter((name) =>
    imports(code(readFileSync(join(SRC, name), 'utf8'))).some((target) => /^koffi(\/|$)/.test(target)),
  );
  assert.deepEqual(users, [FFI]);
});
