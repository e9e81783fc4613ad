/**
 * `npm run deb`: makes the package for Debian, build/sennit_VERSION_ARCH.deb. The same commit gives the same
 * bytes. A package whose contents are not what `release/deb-contents.mjs` expects is not left behind.
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ensure, ROOT } from './bootstrap.mjs';
import { bundle } from './bundle.mjs';
import { options } from './options.mjs';
import { output } from './release/command.mjs';
import { inspect } from './release/deb-contents.mjs';
import { sourceEpoch } from './release/epoch.mjs';
import { Failed } from './release/steps.mjs';

/** Debian's name of an architecture, and Node's. */
const ARCHITECTURES = { amd64: 'x64', arm64: 'arm64' };

const USAGE = `usage: npm run deb -- [options]

  --arch A      ${Object.keys(ARCHITECTURES).join(' or ')} (amd64); the native part of the other comes from the npm registry
  --output DIR  where the package goes (build)
  --version V   as another version than that of package.json: to try an upgrade
`;

const values = options(
  USAGE,
  {
    arch: { type: 'string', default: 'amd64' },
    output: { type: 'string', default: join(ROOT, 'build') },
    version: { type: 'string', default: JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version },
  },
  ({ arch }) => {
    if (!Object.hasOwn(ARCHITECTURES, arch))
      throw new Error(`--arch is one of ${Object.keys(ARCHITECTURES).join(', ')}, not ${arch}`);
  },
);
const arch = ARCHITECTURES[values.arch];
ensure({ apt: ['dpkg-deb'] });

const { version } = values;
/** Debian puts what comes before a release behind a tilde: 1.0.0~rc.1 is older than 1.0.0. */
const debianVersion = version.replace('-', '~');
/** Seconds since 1970 of the commit: the time of everything in the package. */
const epoch = sourceEpoch(ROOT);
const out = resolve(values.output);
const work = mkdtempSync(join(tmpdir(), 'sennit-deb-'));
const tree = join(work, 'tree');
try {
  const packages = await bundle(ROOT, join(tree, 'usr/lib/sennit'), { arch, version, native: nativePart(arch) });
  programs();
  documents(packages);
  systemd();
  configuration();
  metadata();
  mkdirSync(out, { recursive: true });
  const deb = join(out, `sennit_${debianVersion}_${values.arch}.deb`);
  // With several threads xz compresses differently.
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(epoch), DPKG_DEB_THREADS_MAX: '1' };
  output('dpkg-deb', ['--root-owner-group', '-Zxz', '--build', tree, deb], { cwd: ROOT, env });
  const { files, complaints } = inspect(deb, values.arch);
  if (complaints.length > 0) {
    rmSync(deb);
    throw new Failed(`the package is not as it must be:\n  ${complaints.join('\n  ')}`);
  }
  process.stdout.write(`${relative(process.cwd(), deb)} ${statSync(deb).size} bytes, ${files} files\n`);
} catch (error) {
  if (!(error instanceof Failed)) throw error;
  process.stderr.write(`sennit: ${error.message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** Where koffi.node for the architecture lies: among the installed packages, or fetched at the version of the lock file. */
function nativePart(wanted) {
  const name = `@koromix/koffi-linux-${wanted}`;
  const installed = join(ROOT, 'node_modules', name, `linux_${wanted}`, 'koffi.node');
  if (existsSync(installed)) return installed;
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages[`node_modules/${name}`];
  const [packed] = JSON.parse(output('npm', ['pack', '--json', '--silent', `${name}@${lock.version}`], { cwd: work }));
  if (packed.integrity !== lock.integrity) throw new Failed(`${name}: it is not what package-lock.json names`);
  output('tar', ['-xzf', packed.filename], { cwd: work });
  return join(work, 'package', `linux_${wanted}`, 'koffi.node');
}

function programs() {
  link('../lib/sennit/dist/bin/sennitd.js', 'usr/sbin/sennitd');
  link('../lib/sennit/dist/bin/sennit.js', 'usr/bin/sennit');
  for (const page of filesOf('packaging/man')) {
    const section = page.split('.').at(-1);
    put(`usr/share/man/man${section}/${page}.gz`, compressed(read(`packaging/man/${page}`)));
  }
  for (const [file, place] of [
    ['sennit.bash', 'usr/share/bash-completion/completions/sennit'],
    ['_sennit', 'usr/share/zsh/vendor-completions/_sennit'],
  ]) {
    if (existsSync(join(ROOT, 'packaging/completions', file))) put(place, read(`packaging/completions/${file}`));
  }
}

function documents(packages) {
  const place = 'usr/share/doc/sennit';
  put(`${place}/changelog.gz`, compressed(changelog()));
  put(`${place}/CHANGELOG.md`, read('CHANGELOG.md'));
  put(`${place}/copyright`, `${read('packaging/debian/copyright.head')}${packages.map(licenseOf).join('')}`);
  for (const file of ['README.md', 'SECURITY.md']) put(`${place}/${file}`, read(file));
  for (const file of filesOf('docs').filter((name) => name.endsWith('.md'))) {
    put(`${place}/docs/${file}`, read(`docs/${file}`));
  }
  for (const file of filesOf('docs/images')) {
    put(`${place}/docs/images/${file}`, readFileSync(join(ROOT, 'docs/images', file)));
  }
  put('usr/share/lintian/overrides/sennit', read('packaging/debian/lintian-overrides'));
  put(`${place}/examples/sennit.conf`, read('etc/sennit.conf'));
  for (const folder of ['prometheus', 'grafana']) {
    for (const file of filesOf(`etc/${folder}`)) {
      put(`${place}/examples/${folder}/${file}`, read(`etc/${folder}/${file}`));
    }
  }
}

/** In Debian's form (deb-changelog(5)); what changed is in CHANGELOG.md. */
function changelog() {
  const date = new Date(1000 * epoch).toUTCString().replace('GMT', '+0000');
  const maintainer = /^Maintainer: (.*)$/m.exec(read('packaging/debian/control'))[1];
  return `sennit (${debianVersion}) unstable; urgency=medium\n\n  * See CHANGELOG.md.\n\n -- ${maintainer}  ${date}\n`;
}

/** A stanza for a package that is in the bundle, with the licence as its makers ship it. */
function licenseOf(name) {
  const folder = join(ROOT, 'node_modules', name);
  const { license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  const text = file === undefined ? 'No text is shipped with it.' : readFileSync(join(folder, file), 'utf8');
  // Debian has this text already.
  if (license === 'Apache-2.0')
    return `\nFiles: usr/lib/sennit/dist/bin/*\nCopyright: the authors of ${name}\nLicense: Apache-2.0\nComment: ${name}\n`;
  const owners = text.split('\n').filter((line) => /^\s*copyright \(c\)/i.test(line));
  const copyright = owners.length === 0 ? `the authors of ${name}` : owners.map((line) => line.trim()).join('\n ');
  const lines = text.trimEnd().split('\n');
  const indented = lines.map((line) => (line.trim() === '' ? ' .' : ` ${line.trimEnd()}`)).join('\n');
  const id = `${license}-${name.replace(/[^A-Za-z0-9]+/g, '-')}`;
  return `\nFiles: usr/lib/sennit/dist/bin/*\nCopyright: ${copyright}\nLicense: ${id}\nComment: ${name}\n\nLicense: ${id}\n${indented}\n`;
}

function systemd() {
  for (const unit of filesOf('packaging/systemd')) put(`lib/systemd/system/${unit}`, read(`packaging/systemd/${unit}`));
}

function configuration() {
  put('etc/sennit/sennit.conf', read('packaging/debian/sennit.conf'), 0o640);
  put('etc/logrotate.d/sennit', read('packaging/logrotate/sennit'));
  chmodSync(join(tree, 'etc/sennit'), 0o750);
}

function metadata() {
  const files = allFiles(tree);
  const size = Math.ceil(files.reduce((sum, path) => sum + statSync(join(tree, path)).size, 0) / 1024);
  const control = read('packaging/debian/control')
    .replace('@VERSION@', debianVersion)
    .replace('@ARCHITECTURE@', values.arch)
    .replace('@SIZE@', String(size));
  put('DEBIAN/control', control);
  put('DEBIAN/conffiles', '/etc/logrotate.d/sennit\n/etc/sennit/sennit.conf\n');
  for (const script of ['preinst', 'postinst', 'prerm', 'postrm']) {
    put(`DEBIAN/${script}`, read(`packaging/debian/${script}`), 0o755);
  }
  const sums = files
    .filter((path) => !path.startsWith('etc/'))
    .map(
      (path) =>
        `${createHash('md5')
          .update(readFileSync(join(tree, path)))
          .digest('hex')}  ${path}\n`,
    );
  put('DEBIAN/md5sums', sums.join(''));
}

/** Plain files below a folder, links left out, in the order of their names. */
function allFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.path, entry.name)))
    .sort();
}

function put(place, content, mode = 0o644) {
  const path = join(tree, place);
  folderOf(path);
  writeFileSync(path, content);
  chmodSync(path, mode);
}

function link(target, place) {
  folderOf(join(tree, place));
  symlinkSync(target, join(tree, place));
}

/** With the same modes whatever the umask is. */
function folderOf(path) {
  const folder = dirname(path);
  if (existsSync(folder)) return;
  folderOf(folder);
  mkdirSync(folder);
  chmodSync(folder, 0o755);
}

function read(path) {
  return readFileSync(join(ROOT, path), 'utf8');
}

function filesOf(folder) {
  return existsSync(join(ROOT, folder)) ? readdirSync(join(ROOT, folder)).sort() : [];
}

/** Without a time or a name in it. */
function compressed(text) {
  return gzipSync(text, { level: 9 });
}
