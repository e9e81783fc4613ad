/** Documents say what is so: those made from the grammar are current, and that of JSON has the shapes that are printed. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { match } from '../../src/cli/grammar/match.js';
import type { ModeName } from '../../src/cli/grammar/token.js';
import { tree } from '../../src/cli/grammar/tree.js';
import { USAGE } from '../../src/cli/shell/options.js';
import { load } from '../../src/config/load.js';
import { EXAMPLE } from '../../src/manual/configuration-page.js';
import { documents } from '../../src/manual/documents.js';
import { described } from '../../src/manual/syntax.js';
import { jsonSamples, withJson } from '../cli/json-samples.js';
import { documentedShapes, shapeOf } from './json-shape.js';

const at = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const read = (path: string) => readFileSync(at(path), 'utf8');

describe('what is made from the grammar', () => {
  for (const { path, text } of documents())
    it(`${path} is current`, () => assert.equal(read(path), text, `${path} is out of date: npm run docs`));

  it('has every command that is not hidden, and no other', () => {
    const text = read('docs/cli-reference.md');
    const titles = [...text.matchAll(/^### (.*)$/gm)].map(([, title]) => title);
    for (const mode of Object.values(tree))
      for (const command of mode.commands)
        assert.equal(titles.includes(described(command).name), command.hidden !== true, command.id);
  });

  it('has an example that loads', () => {
    const loaded = load(EXAMPLE.join('\n'), 'example');
    assert.ok(loaded.ok, JSON.stringify(loaded));
  });
});

describe('a manual page', () => {
  const pages = readdirSync(at('packaging/man')).map((name) => `packaging/man/${name}`);

  for (const page of pages) {
    it(`${page} is one that groff takes without a warning`, (context) => {
      const { error, stderr } = spawnSync('groff', ['-man', '-Tascii', '-ww', '-z', at(page)], { encoding: 'utf8' });
      if (error !== undefined) return context.skip('no groff here');
      assert.equal(stderr, '');
    });

    it(`${page} has no line that groff would take for something else`, () => {
      const requests = /^\.(TH|SH|TP|PP|B|BR|BI|RB|RI|IR|I|RS( 4)?|RE|nf|fi|br|\\")( |$)/;
      const odd = read(page)
        .split('\n')
        .filter((line) => /^['.]/.test(line) && !requests.test(line));
      assert.deepEqual(odd, []);
    });
  }

  it('has every option that the usage has', () => {
    const options = (text: string) => new Set(text.replaceAll('\\-', '-').match(/--[a-z]+/g));
    const [sennit, sennitd] = [options(read('packaging/man/sennit.1')), options(read('packaging/man/sennitd.8'))];
    for (const option of options(USAGE)) assert.ok(sennit.has(option), option);
    const usage = spawnSync(process.execPath, [at('dist/src/daemon/main.js'), '--help'], { encoding: 'utf8' }).stdout;
    for (const option of options(usage)) assert.ok(sennitd.has(option), option);
  });
});

describe('a default that a help text names', () => {
  /** How each mode is entered. */
  const enter: Partial<Record<ModeName, string[]>> = {
    configure: [],
    interface: ['interface t'],
    peer: ['interface t', 'peer b id 2'],
    'peer-link': ['interface t', 'peer b id 2', 'link 0'],
  };
  for (const [mode, lines] of Object.entries(enter) as [ModeName, string[]][]) {
    it(`is the default, in the mode ${mode}`, () => {
      let checked = 0;
      for (const command of tree[mode].commands) {
        const { name, meaning } = described(command);
        const named = /\(default ([\w./ -]+)\)/.exec(meaning)?.[1];
        if (named === undefined || !('match' in match(mode, `${name} ${named}`))) continue;
        checked++;
        const [without, given] = [lines, [...lines, `${name} ${named}`]].map((all) => load(all.join('\n'), 'x'));
        assert.deepEqual(given, without, `${name} ${named}`);
      }
      assert.ok(checked >= 3 || mode === 'peer', `${checked} in ${mode}`);
    });
  }
});

describe('docs/json.md', async () => {
  const documented = documentedShapes(read('docs/json.md'));
  const samples = await jsonSamples();

  it('has every command that has JSON', () => {
    const missing = withJson.filter((id) => !documented.has(id));
    assert.deepEqual(
      missing,
      [],
      'each needs a section in docs/json.md (and its arguments in test/cli/json-samples.ts)',
    );
  });

  for (const [id, sample] of samples) {
    it(`${id}: keys and types are those that are printed`, () => {
      const said = documented.get(id);
      if (said === undefined) return;
      const rows = Array.isArray(sample) && sample.every((row) => typeof row === 'object');
      const shown = shapeOf(rows ? Object.assign({}, ...sample.map((row) => ({ ...row }))) : sample);
      const each = said.get('*');
      for (const [path, types] of shown) {
        if (path === '' || each !== undefined) continue;
        const leaf = !types.has('object') && !types.has('array');
        assert.ok(said.has(path) || !leaf, `${path} is not documented`);
        for (const type of types) assert.ok(!said.has(path) || said.get(path)?.has(type), `${path} is ${type}`);
      }
      for (const path of said.keys())
        assert.ok(
          path === '*' || path === '' || shown.has(path) || missingHere(said, shown, path),
          `${path} is not printed`,
        );
      if (each !== undefined && !each.has('any'))
        for (const [path, types] of shown) if (path !== '') assert.deepEqual(types, each, path);
    });
  }
});

/** Below something that is null in the sample. */
function missingHere(
  said: ReadonlyMap<string, Set<string>>,
  shown: ReadonlyMap<string, Set<string>>,
  path: string,
): boolean {
  const parent = path.replace(/(\[\])?(\.[^.]*|)$/, '');
  if (parent === path || parent === '') return false;
  const types = shown.get(parent);
  return types !== undefined
    ? types.has('null') && said.get(parent)?.has('null') === true
    : missingHere(said, shown, parent);
}
