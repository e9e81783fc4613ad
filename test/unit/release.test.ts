/** What a release must be: one version, a changelog in its form, known licences, and packages with nothing unexpected. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { VERSION } from '../../src/version.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const read = (path: string): string => readFileSync(`${ROOT}${path}`, 'utf8');

interface Packed {
  size: number;
  unpackedSize: number;
  files: { path: string; size: number }[];
}
interface Lock {
  version: string;
  packages: Record<string, { version?: string; license?: string; dev?: boolean }>;
}

/** The scripts are plain JavaScript: they run before anything is compiled. */
const script = (name: string): Promise<unknown> => import(`${ROOT}scripts/release/${name}.mjs`);
const changelog = (await script('changelog')) as { complaints(text: string, version: string): string[] };
const contents = (await script('npm-contents')) as {
  pack(root: string, folder: string | null): Packed;
  complaints(packed: Packed): string[];
};
const bill = (await script('sbom')) as {
  sbom(root: string, epoch: number): string;
  complaints(text: string, lock: Lock): string[];
};
const licences = (await script('licences')) as {
  productionPackages(lock: Lock): { name: string; version: string; license: string }[];
  isAllowed(expression: string): boolean;
};

const manifest = JSON.parse(read('package.json')) as { version: string; scripts: Record<string, string> };
const lock = JSON.parse(read('package-lock.json')) as Lock;

describe('the version', () => {
  it('is written in package.json and nowhere else', () => {
    assert.equal(VERSION, manifest.version);
    assert.deepEqual([lock.version, lock.packages['']?.version], [manifest.version, manifest.version]);
    for (const file of [
      'packaging/debian/control',
      ...readdirSync(`${ROOT}packaging/man`).map((name) => `packaging/man/${name}`),
    ])
      assert.ok(!read(file).includes(manifest.version), `${file} names the version`);
  });
});

describe('the changelog', () => {
  const HEAD = '# Changelog\n\nSee https://keepachangelog.com/en/1.1.0/.\n';
  const GOOD = `${HEAD}
## [Unreleased]

## [1.1.0] - 2026-02-03

### Added

- One thing.

## [1.1.0-rc.1] - 2026-02-03

### Fixed

- Another.
`;

  it('has the form of Keep a Changelog, and an entry for this version', () =>
    assert.deepEqual(changelog.complaints(read('CHANGELOG.md'), manifest.version), []));

  it('of that form is accepted', () => assert.deepEqual(changelog.complaints(GOOD, '1.1.0'), []));

  const cases: [what: string, text: string, version: string, complaint: RegExp][] = [
    ['without an entry', GOOD, '1.2.0', /version 1\.2\.0 .* no entry/],
    ['with another heading', GOOD.replace('## [1.1.0] -', '## 1.1.0,'), '1.1.0', /is not "## \[VERSION\]/],
    ['with a date that is none', GOOD.replace('2026-02-03', '2026-02-30'), '1.1.0', /"2026-02-30" is no date/],
    ['with a group of its own', GOOD.replace('Added', 'News'), '1.1.0', /"News" is none of/],
    ['with an empty group', GOOD.replace('- One thing.', ''), '1.1.0', /"Added" is empty/],
    ['with a group twice', GOOD.replace('- One thing.', '- One.\n\n### Added\n\n- Two.'), '1.1.0', /there twice/],
    ['in the wrong order', GOOD.replace('1.1.0-rc.1', '1.2.0'), '1.1.0', /not newer than 1\.2\.0/],
    ['with an old date', GOOD.replace('2026-02-03', '2026-02-02'), '1.1.0', /dated before/],
    ['with an old version unreleased', GOOD.replace('[1.1.0] - 2026-02-03', '[1.1.0]'), '1.1.0', /only the newest/],
    ['with nothing said', GOOD.replace('### Fixed\n\n- Another.', ''), '1.1.0', /nothing is said/],
    ['without a head', GOOD.replace(HEAD, ''), '1.1.0', /does not say which form/],
  ];
  for (const [what, text, version, complaint] of cases)
    it(`${what} is refused`, () => assert.match(changelog.complaints(text, version).join('\n'), complaint));
});

describe('licences', () => {
  it('of all that runs with Sennit are allowed', () => {
    const packages = licences.productionPackages(lock);
    for (const name of ['koffi', 'libsodium', 'prom-client', '@koromix/koffi-linux-x64', '@koromix/koffi-linux-arm64'])
      assert.ok(
        packages.some((each) => each.name === name),
        name,
      );
    assert.deepEqual(
      packages.filter(({ license }) => !licences.isAllowed(license)),
      [],
    );
    assert.ok(!packages.some(({ name }) => name === 'typescript'));
  });

  it('are allowed by what they ask', () => {
    for (const good of ['MIT', '(MIT OR GPL-3.0-only)', 'ISC AND MIT']) assert.ok(licences.isAllowed(good), good);
    for (const bad of ['none', 'GPL-3.0-only', 'MIT AND GPL-3.0-only', 'UNLICENSED', '', 'SEE LICENSE IN x'])
      assert.ok(!licences.isAllowed(bad), bad);
  });
});

describe('the bill of materials', () => {
  const text = bill.sbom(ROOT, 1_700_000_000);

  it('has every package that runs with Sennit', () => assert.deepEqual(bill.complaints(text, lock), []));

  it('misses one that is not in it', () => {
    const more: Lock = {
      ...lock,
      packages: { ...lock.packages, 'node_modules/x': { version: '1.0.0', license: 'MIT' } },
    };
    assert.match(bill.complaints(text, more).join(), /pkg:npm\/x@1\.0\.0 is missing/);
  });

  it('is the same at every run', () => {
    assert.match(text, /"timestamp": "2023-11-14T22:13:20\.000Z"/);
    assert.equal(bill.sbom(ROOT, 1_700_000_000), text);
  });
});

describe('the package for npm', () => {
  const packed = contents.pack(ROOT, null);

  it('has what it needs and nothing else', () => assert.deepEqual(contents.complaints(packed), []));

  it('with a file more, or one less, or a large one is refused', () => {
    const complaints = (files: Packed['files']): string => contents.complaints({ ...packed, files }).join('\n');
    for (const path of ['dist/test/unit/x.test.js', 'etc/private.key', 'dist/src/version.js.map', '.npmrc'])
      assert.ok(complaints([...packed.files, { path, size: 1 }]).startsWith(`${path}: nobody expects it`), path);
    assert.match(complaints(packed.files.filter(({ path }) => path !== 'LICENSE')), /LICENSE.*there is no such file/);
    assert.match(complaints([...packed.files, { path: 'dist/src/big.js', size: 1 << 20 }]), /big\.js: 1048576 bytes/);
  });
});

describe('the package for Debian', () => {
  it('ships the configuration that it always has', () => {
    // A conffile that daemons write to: were it another, dpkg would ask at every upgrade which of the two to keep.
    const hash = createHash('sha256').update(read('packaging/debian/sennit.conf')).digest('hex');
    assert.equal(hash, '860acd1035996566629d019d32dd53bfe0d39f853e37c05393c28d2b0e62b415');
  });
});

describe('the continuous integration', () => {
  it('runs scripts that there are', () => {
    const called = [...read('.github/workflows/ci.yml').matchAll(/\bnpm run (?:-s )?([a-z:-]+)/g)].map(
      ([, name]) => name,
    );
    assert.ok(called.length >= 3);
    for (const name of called) assert.ok(manifest.scripts[name as string] !== undefined, `npm run ${name}`);
  });
});
