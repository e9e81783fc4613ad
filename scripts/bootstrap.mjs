/**
 * Makes a fresh clone ready to work: the npm packages, the Debian packages and the build. Plain
 * JavaScript over Node's own modules, because it runs before anything is installed or compiled.
 * Says nothing unless something fails, and then on stderr only: stdout belongs to the caller.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile } from './compile.mjs';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

const OLDEST_NODE = 20;

/** The command by which the presence of a Debian package is known. */
const COMMAND_OF = {
  iproute2: 'ip',
  nftables: 'nft',
  'iputils-ping': 'ping',
  'util-linux': 'setpriv',
  tinc: 'tincd',
  systemd: 'systemd-analyze',
};

/** The file of one that has no command. */
const FILE_OF = { 'fonts-inter': '/usr/share/fonts/opentype/inter' };

/** A step that failed: the message is all the user needs, a stack trace would only hide it. */
class NotReady extends Error {}

/**
 * Checks and installs what is missing; ends the process with exit code 1 and one clear message if it can't.
 * @param {{ apt?: string[], build?: boolean, root?: string }} wants Debian packages by name, whether to compile, and
 *   a phrase that says what root is needed for (left out: root isn't needed)
 */
export function ensure({ apt = [], build = true, root } = {}) {
  try {
    checkPlatform();
    if (root !== undefined && process.getuid() !== 0) {
      throw new NotReady(`${root} needs root: run it again with sudo`);
    }
    installDebianPackages(apt);
    installNodePackages();
    if (build) compile(ROOT, run);
  } catch (error) {
    if (!(error instanceof NotReady)) throw error;
    process.stderr.write(`sennit: ${error.message}\n`);
    process.exit(1);
  }
}

function checkPlatform() {
  if (process.platform !== 'linux') throw new NotReady(`needs Linux, this is ${process.platform}`);
  const major = Number.parseInt(process.versions.node, 10);
  if (major < OLDEST_NODE) {
    throw new NotReady(`needs Node ${OLDEST_NODE} or newer, this is ${process.versions.node}`);
  }
}

/** `npm ci` when the installed tree is missing or older than the lock file. */
function installNodePackages() {
  const installed = modified(join(ROOT, 'node_modules', '.package-lock.json'));
  if (installed !== null && installed >= modified(join(ROOT, 'package-lock.json'))) return;
  process.stderr.write('sennit: installing npm packages …\n');
  // The build needs the development packages also where NODE_ENV says production.
  run(
    'npm',
    ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund'],
    'this step needs the npm registry',
  );
}

function installDebianPackages(packages) {
  const missing = packages.filter((name) => !existsSync(FILE_OF[name] ?? '') && !hasCommand(COMMAND_OF[name] ?? name));
  if (missing.length === 0) return;
  const command = `apt-get install ${missing.join(' ')}`;
  if (!hasCommand('apt-get')) throw new NotReady(`please install what Debian calls ${missing.join(', ')}`);
  if (process.getuid() !== 0) throw new NotReady(`please install as root: ${command}`);
  process.stderr.write(`sennit: installing ${missing.join(', ')} …\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  run('apt-get', ['-qq', 'update'], 'this step needs a Debian mirror', env);
  run('sh', [join(ROOT, 'scripts', 'install-debian.sh'), ...missing], 'this step needs a Debian mirror', env);
}

/** Runs a command quietly in the repository; its output is shown only if it fails. */
function run(command, args, hint, env = process.env) {
  const result = spawnSync(command, args, { cwd: ROOT, env, encoding: 'utf8', maxBuffer: 64 << 20 });
  if (result.status === 0) return;
  process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`);
  const why = result.error ? result.error.message : `exit code ${result.status ?? result.signal}`;
  throw new NotReady(`"${command} ${args.join(' ')}" failed (${why})${hint ? `; ${hint}` : ''}`);
}

function hasCommand(name) {
  // The directories of system programs are often not in the PATH of an ordinary user.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? null;
}
