/**
 * `npm run release`: everything that a release rests on, and its artefacts with their sums in
 * build/release/VERSION. See docs/releasing.md.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { ensure, ROOT } from './bootstrap.mjs';
import { lint } from './linter.mjs';
import * as changelog from './release/changelog.mjs';
import { sourceEpoch } from './release/epoch.mjs';
import { isAllowed, productionPackages } from './release/licences.mjs';
import { lintian } from './release/lintian.mjs';
import * as npm from './release/npm-contents.mjs';
import { script } from './release/programs.mjs';
import * as bill from './release/sbom.mjs';
import { Failed, step } from './release/steps.mjs';

const LONG = ['test', 'deb-test', 'prometheus'];
const USAGE = `usage: npm run release -- [options]

  --draft         also of a version without a date, and with changes that are not committed
  --without A,B   leave out of these, which take minutes: ${LONG.join(', ')}
`;

const { draft, without } = options();
const { version } = JSON.parse(read('package.json'));
const lock = JSON.parse(read('package-lock.json'));
const folder = join(ROOT, 'build', 'release', version);
ensure({ apt: ['dpkg-deb', 'lintian', 'systemd'] });
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

await step('every change is committed', () => {
  const { stdout } = spawnSync('git', ['status', '--porcelain'], { cwd: ROOT, encoding: 'utf8' });
  if (stdout !== '' && !draft) throw new Failed(`not committed:\n${stdout}--draft does not mind`);
  return `version ${version}, of ${new Date(1000 * sourceEpoch(ROOT)).toISOString()}${stdout === '' ? '' : ', and changes since'}`;
});
await step('the changelog has the form of Keep a Changelog', () => {
  const text = read('CHANGELOG.md');
  refuse(changelog.complaints(text, version));
  const { date, groups } = changelog.entries(text).find((entry) => entry.version === version);
  if (date === null && !draft) throw new Failed(`[${version}] has no date in CHANGELOG.md; --draft does not mind`);
  const parts = groups.map(({ name, entries }) => `${name.toLowerCase()} ${entries}`);
  return `[${version}] - ${date ?? 'unreleased'}: ${parts.join(', ')}`;
});
await step('licences of what runs with it are allowed', () => {
  const packages = productionPackages(lock);
  refuse(packages.filter(({ license }) => !isAllowed(license)).map(({ name, license }) => `${name}: ${license}`));
  return `${packages.length} packages: ${[...new Set(packages.map(({ license }) => license))].sort().join(', ')}`;
});
await step('the linter is content', () => {
  if (!lint()) throw new Failed('npm run format mends most');
});
await step('the units are confined (systemd-analyze security)', () =>
  ['sennitd.service', 'sennitd@.service'].map(exposure).join('\n'),
);
await maybe('test', 'npm test', () => {
  const lines = script(ROOT, 'test.mjs').trimEnd().split('\n');
  return lines.filter((line) => /^ℹ (tests|pass|fail|skipped) /.test(line)).join('\n');
});
await step('bill of materials (CycloneDX)', () => {
  const text = bill.sbom(ROOT, sourceEpoch(ROOT));
  refuse(bill.complaints(text, lock));
  writeFileSync(join(folder, `sennit-${version}.cdx.json`), text);
  return `${JSON.parse(text).components.length} components`;
});
await step('package for npm', () => {
  const packed = npm.pack(ROOT, folder);
  refuse(npm.complaints(packed));
  return `${packed.filename} ${packed.size} bytes, ${packed.files.length} files, ${packed.unpackedSize} bytes unpacked`;
});
for (const arch of ['amd64', 'arm64']) {
  await step(`package for Debian, ${arch}, the same bytes twice`, () => {
    const [told, again] = [0, 1].map(() => {
      const line = script(ROOT, 'deb.mjs', ['--arch', arch, '--output', folder]).trimEnd();
      return `${line}, sha256 ${sum(debOf(arch))}`;
    });
    if (told !== again) throw new Failed(`${told}\n${again}`);
    return told;
  });
  await step(`lintian, ${arch}`, () => {
    const { clean, text } = lintian(join(folder, debOf(arch)));
    if (!clean) throw new Failed(text);
    return text;
  });
}
await maybe('deb-test', 'installed, upgraded, removed, purged in a fresh Debian 12', () =>
  script(ROOT, 'deb-test.mjs'),
);
await maybe('prometheus', 'a real Prometheus, and its alerts', () => script(ROOT, 'prometheus-lab.mjs'));
await step('sums', () => {
  const text = readdirSync(folder)
    .sort()
    .map((name) => `${sum(name)}  ${name}\n`)
    .join('');
  writeFileSync(join(folder, 'SHA256SUMS'), text);
  return `${relative(process.cwd(), folder)}/\n${text}`;
});

function options() {
  try {
    const { values } = parseArgs({
      options: {
        draft: { type: 'boolean', default: false },
        without: { type: 'string', default: '' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      process.stdout.write(USAGE);
      process.exit(0);
    }
    const names = values.without.split(',').filter((name) => name !== '');
    const unknown = names.find((name) => !LONG.includes(name));
    if (unknown !== undefined) throw new Error(`--without: there is no '${unknown}'; there are ${LONG.join(', ')}`);
    return { draft: values.draft, without: names };
  } catch (error) {
    process.stderr.write(`release: ${error.message}\n\n${USAGE}`);
    process.exit(2);
  }
}

async function maybe(name, title, work) {
  if (without.includes(name)) process.stdout.write(`left out        ${title}\n`);
  else await step(title, work);
}

/** @throws Failed above an exposure level of 2.5 */
function exposure(unit) {
  const args = ['security', '--offline=yes', '--threshold=25', '--no-pager', join(ROOT, 'packaging/systemd', unit)];
  const { status, stdout, stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
  if (status !== 0) throw new Failed(`${stdout}${stderr}`);
  return /Overall exposure level for .*?: [\d.]+/.exec(stdout)?.[0] ?? unit;
}

function refuse(complaints) {
  if (complaints.length > 0) throw new Failed(complaints.join('\n'));
}

function debOf(arch) {
  return readdirSync(folder).find((name) => name.endsWith(`_${arch}.deb`));
}

function sum(name) {
  return createHash('sha256')
    .update(readFileSync(join(folder, name)))
    .digest('hex');
}

function read(path) {
  return readFileSync(join(ROOT, path), 'utf8');
}
