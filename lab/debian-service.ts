/**
 * What the package's maintainer scripts would tell systemd, and the daemon as the unit starts it: a Debian tree has no
 * systemd. A program named `systemctl` writes down what it is called with, and which version of Sennit was there then.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DebianTree } from './debian-tree.js';

/** apt's dpkg looks for programs in Debian's own folders only. */
export const RECORDER = '/usr/bin/systemctl';
const RECORD = '/tmp/systemctl-calls';
/** That systemd runs is known from this folder (sd_booted(3)). */
const BOOTED = '/run/systemd/system';

const SYSTEMCTL = `#!/bin/sh
version=$(sed 's/.*"version":"\\([^"]*\\)".*/\\1/' /usr/lib/sennit/package.json 2>/dev/null)
echo "\${version:-none} $*" >>${RECORD}
case "$*" in *is-enabled*) echo enabled ;; esac
`;

/** As packaging/systemd/sennitd.service has it. */
const CAPABILITIES = ['net_admin', 'net_raw', 'net_bind_service', 'sys_nice'];
const PATIENCE_MS = 20_000;

export class Service {
  readonly #tree: DebianTree;
  readonly #namespace: string;
  #child: ReturnType<DebianTree['spawn']> | null = null;
  #log = '';

  constructor(tree: DebianTree, namespace: string) {
    this.#tree = tree;
    this.#namespace = namespace;
  }

  /** From now on it looks as if systemd ran. */
  boot(): void {
    mkdirSync(this.#tree.at(BOOTED), { recursive: true });
    writeFileSync(this.#tree.at(RECORDER), SYSTEMCTL);
    chmodSync(this.#tree.at(RECORDER), 0o755);
  }

  halt(): void {
    rmSync(this.#tree.at(BOOTED), { recursive: true });
    rmSync(this.#tree.at(RECORDER));
  }

  /** What systemd was asked to do since the last time, questions left out: version there, and arguments. */
  asked(): string[] {
    const file = this.#tree.at(RECORD);
    if (!existsSync(file)) return [];
    const calls = readFileSync(file, 'utf8').trimEnd().split('\n');
    rmSync(file);
    return calls
      .filter((call) => !/ is-(enabled|active)/.test(call))
      .map((call) => call.replace(/ --(quiet|system)\b/g, ''));
  }

  /** Starts the daemon as the unit does, and waits until it answers. */
  async start(): Promise<void> {
    this.#tree.must(['install', '-d', '-o', 'sennit', '-g', 'sennit', '/run/sennit']);
    this.#tree.must([
      'install',
      '-d',
      '-o',
      'sennit',
      '-g',
      'sennit',
      '-m',
      '0700',
      '/var/lib/sennit',
      '/var/lib/sennit/sennit',
    ]);
    const plus = CAPABILITIES.map((name) => `+${name}`).join();
    const as = ['setpriv', '--reuid', 'sennit', '--regid', 'sennit', '--init-groups', '--no-new-privs'];
    const may = ['--inh-caps', `-all,${plus}`, '--ambient-caps', `-all,${plus}`, '--bounding-set', `-all,${plus}`];
    const child = this.#tree.spawn([...as, ...may, '/usr/sbin/sennitd'], this.#namespace);
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (text) => {
        this.#log += text;
      });
    }
    const deadline = Date.now() + PATIENCE_MS;
    while (this.#tree.run(['sennit', '-c', 'show version']).code !== 0) {
      if (!this.runs) throw new Error(`sennitd ended (${child.exitCode ?? child.signalCode}):\n${this.#log}`);
      if (Date.now() > deadline) throw new Error(`sennitd does not answer:\n${this.#log}`);
      await sleep(50);
    }
  }

  get runs(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Asks it to end and waits. @returns its exit code */
  async stop(): Promise<number | null> {
    const child = this.#child;
    if (child === null) return null;
    if (this.runs) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await Promise.race([ended, sleep(PATIENCE_MS, undefined, { ref: false })]);
    }
    if (this.runs) throw new Error(`sennitd does not end:\n${this.#log}`);
    return child.exitCode;
  }
}
