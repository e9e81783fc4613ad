/**
 * `npm run deb:test`: the package for Debian, made twice (once as an older version) and put through everything that a
 * host does with it, in a fresh Debian 12: lab/deb-test.ts.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensure, ROOT } from './bootstrap.mjs';
import { options } from './options.mjs';
import { lintian } from './release/lintian.mjs';
import { script } from './release/programs.mjs';
import { Failed, step } from './release/steps.mjs';

const OLD = '0.0.1';
const USAGE = `usage: npm run deb:test -- [options]

  --fresh        run debootstrap again, also if build/ has a bare Debian from before
  --mirror URL   where debootstrap takes it from (http://deb.debian.org/debian)
`;

const { fresh, mirror } = options(USAGE, {
  fresh: { type: 'boolean', default: false },
  mirror: { type: 'string', default: 'http://deb.debian.org/debian' },
});
ensure({
  apt: ['debootstrap', 'lintian', 'iproute2', 'util-linux'],
  root: 'a Debian tree to install into (debootstrap, network namespaces)',
});
const work = mkdtempSync(join(tmpdir(), 'sennit-deb-test-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));

await step(`the package, and the same as version ${OLD}`, () =>
  [
    ['--output', join(work, 'new')],
    ['--output', join(work, 'old'), '--version', OLD],
  ]
    .map((args) => script(ROOT, 'deb.mjs', args))
    .join(''),
);
const [current, old] = ['new', 'old'].map((name) => join(work, name, readdirSync(join(work, name))[0]));
await step('lintian', () => {
  const { clean, text } = lintian(current);
  if (!clean) throw new Failed(text);
  return text;
});
const { tellStory } = await import(new URL('../dist/lab/deb-test.js', import.meta.url).href);
process.exitCode = await tellStory({
  ...{ current, old, step },
  ...{ fresh, mirror, cache: join(ROOT, 'build', 'debian-12.tar') },
});
