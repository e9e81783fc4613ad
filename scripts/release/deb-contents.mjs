/**
 * What the package for Debian has, and nothing else. A file that is new needs a line here: so that none comes in
 * that nobody wanted, such as a key or a test.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { output } from './command.mjs';

/** Largest package, bytes: it has one native library and no tree of node_modules. */
const MOST_BYTES = 4 << 20;

/** Patterns of paths, each of which must match at least one file. */
const FILES = [
  /^\/etc\/logrotate\.d\/sennit$/,
  /^\/etc\/sennit\/sennit\.conf$/,
  /^\/lib\/systemd\/system\/sennitd\.service$/,
  /^\/lib\/systemd\/system\/sennitd@\.service$/,
  /^\/usr\/bin\/sennit$/,
  /^\/usr\/sbin\/sennitd$/,
  /^\/usr\/lib\/sennit\/package\.json$/,
  /^\/usr\/lib\/sennit\/dist\/bin\/(sennit|sennitd|lane-worker)\.js$/,
  /^\/usr\/lib\/sennit\/dist\/bin\/[a-z-]+-[A-Z0-9]{8}\.js$/,
  /^\/usr\/lib\/sennit\/dist\/bin\/status-page\.html$/,
  /^\/usr\/lib\/sennit\/build\/koffi\/linux_(x64|arm64)\/koffi\.node$/,
  /^\/usr\/share\/bash-completion\/completions\/sennit$/,
  /^\/usr\/share\/zsh\/vendor-completions\/_sennit$/,
  /^\/usr\/share\/doc\/sennit\/(changelog\.gz|CHANGELOG\.md|README\.md|SECURITY\.md|copyright)$/,
  /^\/usr\/share\/doc\/sennit\/docs\/[a-z0-9-]+\.md$/,
  /^\/usr\/share\/doc\/sennit\/docs\/images\/[a-z-]+\.png$/,
  /^\/usr\/share\/doc\/sennit\/examples\/sennit\.conf$/,
  /^\/usr\/share\/doc\/sennit\/examples\/prometheus\/[a-z.]+\.yml$/,
  /^\/usr\/share\/doc\/sennit\/examples\/grafana\/sennit\.json$/,
  /^\/usr\/share\/lintian\/overrides\/sennit$/,
  /^\/usr\/share\/man\/man1\/sennit\.1\.gz$/,
  /^\/usr\/share\/man\/man5\/sennit\.conf\.5\.gz$/,
  /^\/usr\/share\/man\/man8\/sennitd\.8\.gz$/,
];

/** The modes that are not 0644 for a file and 0755 for a folder. */
const MODES = new Map([
  ['/etc/sennit/', 'drwxr-x---'],
  ['/etc/sennit/sennit.conf', '-rw-r-----'],
  ['/usr/lib/sennit/dist/bin/sennit.js', '-rwxr-xr-x'],
  ['/usr/lib/sennit/dist/bin/sennitd.js', '-rwxr-xr-x'],
]);

/** What ELF calls the machine (elf.h), and what its bytes mean here. */
const MACHINES = { amd64: 62, arm64: 183 };

/**
 * Looks into a package.
 * @param {string} deb path
 * @param {'amd64' | 'arm64'} architecture what it is for
 * @returns {{ files: number, complaints: string[] }} no complaints: it is as it must be
 */
export function inspect(deb, architecture) {
  const rows = output('dpkg-deb', ['--contents', deb]).trimEnd().split('\n').map(parse);
  const files = rows.filter(({ mode }) => !mode.startsWith('d'));
  const complaints = files
    .filter(({ path }) => !FILES.some((pattern) => pattern.test(path)))
    .map(({ path }) => `${path}: nobody expects it (scripts/release/deb-contents.mjs)`);
  for (const pattern of FILES) {
    if (!files.some(({ path }) => pattern.test(path))) complaints.push(`${pattern}: there is no such file`);
  }
  for (const { mode, owner, path } of rows) {
    if (owner !== 'root/root') complaints.push(`${path}: belongs to ${owner}`);
    const usual = { d: 'drwxr-xr-x', l: 'lrwxrwxrwx', '-': '-rw-r--r--' }[mode[0]];
    const wanted = MODES.get(path) ?? usual;
    if (mode !== wanted) complaints.push(`${path}: ${mode} instead of ${wanted}`);
  }
  const machine = machineOf(deb, files);
  if (machine !== MACHINES[architecture]) complaints.push(`its native part is for ELF machine ${machine}`);
  const { size } = statSync(deb);
  if (size > MOST_BYTES) complaints.push(`${size} bytes, more than ${MOST_BYTES}`);
  return { files: files.length, complaints };
}

/** A line of `tar --list --verbose`. */
function parse(line) {
  const [, mode, owner, rest] = /^(\S+) +(\S+) +\d+ \S+ \S+ \.(.*)$/.exec(line) ?? [];
  if (rest === undefined) throw new Error(`dpkg-deb tells of "${line}"`);
  return { mode, owner, path: rest.replace(/ -> .*/, '') };
}

function machineOf(deb, files) {
  const native = files.find(({ path }) => path.endsWith('.node'));
  if (native === undefined) return null;
  const folder = mkdtempSync(join(tmpdir(), 'sennit-deb-'));
  try {
    output('dpkg-deb', ['--extract', deb, folder]);
    const file = openSync(join(folder, native.path), 'r');
    const head = Buffer.alloc(20);
    readSync(file, head, 0, head.length, 0);
    closeSync(file);
    // e_machine, after e_ident and e_type.
    return head.readUInt16LE(18);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
