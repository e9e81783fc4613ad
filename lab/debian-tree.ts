/**
 * A Debian 12 as debootstrap makes it (the smallest there is), in a folder, and programs in it. What they need mounted
 * is mounted in a mount namespace of their own: it is gone with them, and nothing outside can be hit by a mistake.
 */
import { type ChildProcess, execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Lab } from './namespaces.js';

/** $0 the tree, then a command. */
const ENTER = `
mount --rbind /dev "$0/dev" &&
mount --bind "$0/run/tun" "$0/dev/net/tun" &&
{ mount -t proc proc "$0/proc" 2>/dev/null || mount --rbind /proc "$0/proc"; } &&
exec chroot "$0" env -i LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive HOME=/root \
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
`;

/** Kernel's folders, and what apt and dpkg keep for themselves. */
const NOT_LOOKED_AT = [
  '/proc',
  '/sys',
  '/dev',
  '/run',
  '/tmp',
  '/var/cache',
  '/var/log',
  '/var/lib/apt',
  '/var/lib/dpkg',
];

export interface Result {
  readonly code: number;
  /** What it printed, on both. */
  readonly text: string;
}

export class DebianTree {
  readonly #lab: Lab;
  readonly path: string;

  /** Unpacks it from `cache` into the lab's directory. */
  constructor(lab: Lab, cache: string) {
    this.#lab = lab;
    this.path = join(lab.directory, 'debian');
    mkdirSync(this.path);
    execFileSync('tar', ['-xf', cache, '-C', this.path, '--numeric-owner']);
    // Open to all, as udev makes it; what may be done with it the kernel asks again.
    execFileSync('mknod', ['-m', '666', this.at('/run/tun'), 'c', '10', '200']);
  }

  /** Runs a program in it, in `namespace` if given. */
  run(command: readonly string[], namespace?: string): Result {
    const [program, ...args] = this.#command(command, namespace);
    const { status, signal, stdout, stderr, error } = spawnSync(program as string, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 120_000,
    });
    if (error !== undefined) throw error;
    return { code: status ?? 128, text: `${stdout}${stderr}${signal === null ? '' : `ended by ${signal}\n`}` };
  }

  /** The same; what it printed. @throws Error with that if it fails */
  must(command: readonly string[], namespace?: string): string {
    const { code, text } = this.run(command, namespace);
    if (code !== 0) throw new Error(`"${command.join(' ')}" ended with ${code}:\n${text}`);
    return text;
  }

  /** Starts a program in it, in a namespace; it ends with the lab. */
  spawn(command: readonly string[], namespace: string): ChildProcess {
    return this.#lab.spawn(namespace, this.#command(command));
  }

  /** A file's path from outside. */
  at(path: string): string {
    return join(this.path, path);
  }

  read(path: string): string {
    return readFileSync(this.at(path), 'utf8');
  }

  /** Every file and folder that is there, but for `NOT_LOOKED_AT`. */
  files(): Set<string> {
    const found = new Set<string>();
    const look = (folder: string): void => {
      for (const entry of readdirSync(this.at(folder), { withFileTypes: true })) {
        const path = `${folder}/${entry.name}`;
        if (NOT_LOOKED_AT.includes(path)) continue;
        found.add(path);
        if (entry.isDirectory()) look(path);
      }
    };
    look('');
    return found;
  }

  #command(command: readonly string[], namespace?: string): string[] {
    const inside = namespace === undefined ? [] : ['ip', 'netns', 'exec', namespace];
    return [...inside, 'unshare', '--mount', '--propagation', 'private', 'sh', '-c', ENTER, this.path, ...command];
  }
}

/** Makes the archive that trees are unpacked from. @throws Error with the end of debootstrap's log */
export function debootstrap(lab: Lab, cache: string, mirror: string): void {
  const folder = join(lab.directory, 'bare');
  const log = join(folder, 'debootstrap', 'debootstrap.log');
  const args = ['--mount', '--propagation', 'private', 'debootstrap', '--variant=minbase', 'bookworm', folder, mirror];
  const { status, stdout, error } = spawnSync('unshare', args, {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    maxBuffer: 64 << 20,
    timeout: 600_000,
  });
  if (status !== 0) {
    const told = existsSync(log) ? readFileSync(log, 'utf8') : `${stdout}${error?.message ?? ''}`;
    throw new Error(`debootstrap failed:\n${told.split('\n').slice(-15).join('\n')}`);
  }
  mkdirSync(dirname(cache), { recursive: true });
  // Under its own name only when it is whole.
  const part = `${cache}.part`;
  execFileSync('tar', ['-cf', part, '-C', folder, '--numeric-owner', '--exclude=./var/cache/apt/archives/*.deb', '.']);
  renameSync(part, cache);
  rmSync(folder, { recursive: true, force: true });
}
