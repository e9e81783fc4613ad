/**
 * `npm run deb:test`: what a host does with the package for Debian, in a fresh Debian 12: installed, looked at, run,
 * upgraded under a running daemon, removed, purged.
 */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, lstatSync, readlinkSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { packNode } from './debian-node.js';
import { RECORDER, Service } from './debian-service.js';
import { DebianTree, debootstrap } from './debian-tree.js';
import { ip, Lab } from './namespaces.js';

/** Tells what it does, and ends the program if it fails. */
type Step = (title: string, work: () => Promise<string | undefined> | string | undefined) => Promise<void>;

export interface StoryOptions {
  /** Paths of the package, and of the same as an older version. */
  readonly current: string;
  readonly old: string;
  /** The archive of the bare Debian; made if it is not there, or if it has to be `fresh`. */
  readonly cache: string;
  readonly fresh: boolean;
  readonly mirror: string;
  readonly step: Step;
}

const ENABLED = '/etc/systemd/system/multi-user.target.wants/sennitd.service';
/** What an operator enters; the network's key is made by the daemon, too. */
const LINES = ['hostname deb1', 'crypto psk file /etc/sennit/network.psk', 'metrics listen 127.0.0.1:9760'];
const INTERFACE = ['interface sn0', 'host-id 1', 'ip address 10.99.0.1/24', 'local link 0 address 10.0.0.1', 'end'];
const pageOf = (path: string): string =>
  `fetch('http://127.0.0.1:9760${path}').then((reply) => reply.text()).then((text) => process.stdout.write(text))`;

/** @returns the exit code; a step that fails ends the program */
export async function tellStory(options: StoryOptions): Promise<number> {
  const lab = new Lab();
  try {
    await new Story(lab, options).tell();
    return 0;
  } finally {
    lab.close();
  }
}

class Story {
  readonly #lab: Lab;
  readonly #options: StoryOptions;
  readonly #step: Step;
  readonly #namespace: string;
  /** Set by the first chapter. */
  #tree!: DebianTree;
  #service!: Service;
  /** What was there before the first installation. */
  #before: ReadonlySet<string> = new Set();

  constructor(lab: Lab, options: StoryOptions) {
    this.#lab = lab;
    this.#options = options;
    this.#step = options.step;
    this.#namespace = lab.addNamespace('deb');
    ip(['-n', this.#namespace, 'address', 'add', '10.0.0.1/24', 'dev', 'lo']);
  }

  async tell(): Promise<void> {
    await this.#aDebian();
    await this.#installed();
    await this.#used();
    await this.#upgraded();
    await this.#underSystemd();
    await this.#gone();
  }

  async #aDebian(): Promise<void> {
    const { cache, fresh, mirror, current, old } = this.#options;
    await this.#step('a bare Debian 12 (debootstrap, minbase)', () => {
      const cached = existsSync(cache) && !fresh;
      if (!cached) debootstrap(this.#lab, cache, mirror);
      this.#tree = new DebianTree(this.#lab, cache);
      this.#service = new Service(this.#tree, this.#namespace);
      const version = this.#tree.read('/etc/debian_version').trim();
      return `Debian ${version}, ${cached ? 'from' : 'kept in'} ${basename(cache)}, ${statSync(cache).size >> 20} MiB`;
    });
    for (const [from, name] of [
      [current, 'new'],
      [old, 'old'],
      [packNode(this.#lab.directory), 'nodejs'],
    ] as const) {
      copyFileSync(from, this.#tree.at(`/tmp/${name}.deb`));
    }
    await this.#step('without Node.js 20 it is refused, and says where that is to be had', () => {
      const apt = this.#tree.run(['apt-get', 'install', '-y', '/tmp/new.deb']);
      assert.notEqual(apt.code, 0);
      assert.match(apt.text, /sennit : Depends: nodejs \(>= 20\)/);
      const dpkg = this.#tree.run(['dpkg', '--install', '/tmp/new.deb']);
      assert.notEqual(dpkg.code, 0);
      assert.match(dpkg.text, /needs nodejs 20 or newer, here is none/);
      assert.match(this.#tree.must(['dpkg-deb', '--field', '/tmp/new.deb', 'Description']), /NodeSource/);
      this.#tree.must(['dpkg', '--purge', 'sennit']);
      const shown = [
        ...apt.text.matchAll(/^ sennit : .*$/gm),
        ...dpkg.text.matchAll(/^(sennit:.*| sennit depends.*\n.*)$/gm),
      ];
      return shown.map(([line]) => line).join('\n');
    });
    await this.#step('Node.js from elsewhere', () => {
      this.#tree.must(['apt-get', 'install', '-y', '/tmp/nodejs.deb']);
      this.#before = this.#tree.files();
      return this.#tree.must(['node', '--version']);
    });
  }

  async #installed(): Promise<void> {
    const tree = this.#tree;
    await this.#step('installed as the older version', () => {
      const text = this.#install('old');
      assert.doesNotMatch(text, /needs nodejs/);
      assert.deepEqual(this.#service.asked(), [], 'there is no systemd to tell');
      return `${tree.must(['sennitd', '--version'])}${tree.must(['sennit', '--version'])}`;
    });
    await this.#step('files, users and groups', () => {
      const [user, ...groups] = [
        ['passwd', 'sennit'],
        ['group', 'sennit'],
        ['group', 'sennit-admin'],
      ].map((what) => tree.must(['getent', ...what]).trim());
      assert.match(user ?? '', /:\/usr\/sbin\/nologin$/);
      const owners = ['/etc/sennit', '/etc/sennit/sennit.conf'].map((path) => `${this.#ownership(path)} ${path}`);
      assert.deepEqual(owners, ['750 sennit:sennit /etc/sennit', '640 sennit:sennit /etc/sennit/sennit.conf']);
      assert.equal(readlinkSync(tree.at(ENABLED)), '/lib/systemd/system/sennitd.service');
      const added = [...tree.files()].filter((path) => !this.#before.has(path));
      assert.deepEqual(tree.must(['dpkg', '--verify', 'sennit']), '');
      return `${[user, ...groups, ...owners].join('\n')}\n${added.length} files and folders`;
    });
    await this.#step('sennitd --check', () => tree.must(['sennitd', '--check']));
  }

  async #used(): Promise<void> {
    const tree = this.#tree;
    await this.#step('the daemon as the unit starts it; sennit -c "show version"', async () => {
      await this.#service.start();
      return this.#sennit('show version');
    });
    await this.#step('configured and saved at the prompt, with keys', () => {
      this.#sennit('crypto key generate', 'crypto psk generate file /etc/sennit/network.psk');
      this.#sennit('configure terminal', ...LINES, ...INTERFACE, 'write memory');
      assert.match(tree.must(['sennitd', '--check']), /is right/);
      assert.match(tree.read('/etc/sennit/sennit.conf'), /^hostname deb1$/m);
      return [...this.#kept().keys()].map((path) => `${this.#ownership(path)} ${path}`).join('\n');
    });
    await this.#step('its metrics, its status page', () => {
      const [metrics, page] = ['/metrics', '/'].map((path) => tree.must(['node', '-e', pageOf(path)], this.#namespace));
      assert.match(metrics ?? '', /^sennit_build_info\{version="0\.0\.1"/m);
      assert.match(page ?? '', /^<!doctype html>/i);
      const samples = metrics?.split('\n').filter((line) => line.startsWith('sennit_'));
      return `${samples?.length} samples, ${page?.length} characters`;
    });
  }

  async #upgraded(): Promise<void> {
    const tree = this.#tree;
    const { pid } = this.#service;
    const kept = this.#kept();
    await this.#step('upgraded; the daemon carries on meanwhile, and nobody restarts it without systemd', () => {
      this.#install('new');
      assert.deepEqual(this.#kept(), kept);
      assert.ok(this.#service.runs);
      assert.equal(this.#service.pid, pid);
      assert.match(this.#sennit('show version'), /0\.0\.1/);
      return `${tree.must(['sennitd', '--version']).trim()} is there, 0.0.1 runs; configuration and keys are as they were`;
    });
    await this.#step('the upgraded daemon', async () => {
      assert.equal(await this.#service.stop(), 0);
      await this.#service.start();
      assert.doesNotMatch(this.#sennit('show version'), /0\.0\.1/);
      assert.match(this.#sennit('show running-config'), /^hostname deb1$/m);
      const version = this.#sennit('show version');
      assert.equal(await this.#service.stop(), 0);
      return version;
    });
  }

  async #underSystemd(): Promise<void> {
    const tree = this.#tree;
    const service = this.#service;
    const current = tree.must(['sennitd', '--version']).trim().split(' ')[1];
    service.boot();
    await this.#step('what systemd is asked for at an upgrade: one restart, when all is in place', () => {
      this.#install('old');
      service.asked();
      this.#install('new');
      const asked = service.asked();
      assert.deepEqual(asked, [`${current} daemon-reload`, `${current} try-restart sennitd.service sennitd@*.service`]);
      return asked.join('\n');
    });
    await this.#step('a service that was disabled stays so over an upgrade', () => {
      // What `systemctl disable` does.
      const unit = readlinkSync(tree.at(ENABLED));
      rmSync(tree.at(ENABLED));
      this.#install('old');
      this.#install('new');
      assert.ok(!isThere(tree.at(ENABLED)));
      symlinkSync(unit, tree.at(ENABLED));
      service.asked();
      return undefined;
    });
    await this.#step('removed: stopped first; configuration and keys stay', () => {
      const kept = this.#kept();
      tree.must(['apt-get', 'remove', '-y', 'sennit']);
      const asked = service.asked();
      assert.deepEqual(asked, [`${current} stop sennitd.service sennitd@*.service`, 'none daemon-reload']);
      assert.deepEqual(this.#kept(), kept);
      const left = this.#left();
      for (const path of left)
        assert.match(
          path,
          /^\/(etc\/sennit|etc\/logrotate.d\/sennit|etc\/systemd|var\/lib\/sennit|var\/lib\/systemd)\b/,
        );
      return `${asked.join('\n')}\nleft: ${left.join(' ')}`;
    });
    await this.#step('installed again: started, with the configuration that it had', () => {
      const kept = this.#kept();
      this.#install('new');
      const asked = service.asked();
      assert.deepEqual(asked, [`${current} daemon-reload`, `${current} start sennitd.service`]);
      assert.deepEqual(this.#kept(), kept);
      assert.match(tree.must(['sennitd', '--check']), /is right/);
      return asked.join('\n');
    });
    service.halt();
  }

  async #gone(): Promise<void> {
    await this.#step('purged: nothing is left but the user and the groups', () => {
      this.#tree.must(['apt-get', 'purge', '-y', 'sennit']);
      assert.deepEqual(this.#left(), []);
      return undefined;
    });
  }

  /** Installs one of the packages, and nothing from the network; what apt prints. */
  #install(name: 'old' | 'new'): string {
    const options = ['-y', '--no-install-recommends', '--allow-downgrades'];
    return this.#tree.must(['apt-get', 'install', ...options, `/tmp/${name}.deb`]);
  }

  /** Runs commands in one shell; what they print. */
  #sennit(...commands: string[]): string {
    return this.#tree.must(['sennit', ...commands.flatMap((command) => ['-c', command])]);
  }

  /** What an upgrade must not touch: each file below /etc/sennit with owner, mode and contents. */
  #kept(): Map<string, string> {
    const files = [...this.#tree.files()].filter((path) => path.startsWith('/etc/sennit/'));
    return new Map(files.sort().map((path) => [path, `${this.#ownership(path)} ${this.#tree.read(path)}`]));
  }

  /** What was not there before the first installation. */
  #left(): string[] {
    return [...this.#tree.files()].filter((path) => !this.#before.has(path) && !OTHERS.includes(path));
  }

  #ownership(path: string): string {
    return this.#tree.must(['stat', '--format', '%a %U:%G', path]).trim();
  }
}

/** Of the test itself, and the copies that tools for accounts make of their files. */
const OTHERS = [
  RECORDER,
  ...['passwd-', 'group-', 'shadow-', 'gshadow-', 'subuid-', 'subgid-'].map((name) => `/etc/${name}`),
];

/** Also a link that leads nowhere. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
