/** A real Prometheus on a network of its own beside the lab's hosts, with what etc/prometheus ships for it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from './fetch-program.js';
import { LineProgram } from './line-program.js';
import { ip, ipBatch, type Lab } from './namespaces.js';
import type { Host } from './topology.js';

const SHIPPED = fileURLToPath(new URL('../../etc/prometheus/', import.meta.url));
const FETCH = fileURLToPath(new URL('./fetch-program.js', import.meta.url));
const HERE = '127.0.0.1:9090';
const PATIENCE_MS = 30_000;

/** As /api/v1/alerts tells of it. */
export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
}

/** One value of an instant query. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Where a host's daemon is to listen for it. */
export function metricsEndpoint(host: Host): string {
  return `10.200.0.${host.id}:9760`;
}

/** Plugs every host into a network for management, which has no link of Sennit; returns the namespace of its centre. */
export function makeManagement(lab: Lab, hosts: readonly Host[]): string {
  const centre = lab.addNamespace('mon');
  ipBatch(centre, ['link add br0 type bridge', 'address add 10.200.0.254/24 dev br0', 'link set br0 up']);
  for (const host of hosts) {
    const [address] = metricsEndpoint(host).split(':');
    ip(['link', 'add', 'mgmt', 'netns', host.namespace, 'type', 'veth', 'peer', 'name', host.name, 'netns', centre]);
    ipBatch(centre, [`link set ${host.name} master br0 up`]);
    ipBatch(host.namespace, [`address add ${address}/24 dev mgmt`, 'link set mgmt up']);
  }
  return centre;
}

/** Runs promtool. @throws Error with what it said, if it is not content */
export function promtool(args: readonly string[], input = ''): string {
  const { error, status, stdout, stderr } = spawnSync('promtool', args, { cwd: SHIPPED, encoding: 'utf8', input });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`promtool ${args.join(' ')}:\n${stdout}${stderr}`);
  return `${stdout}${stderr}`.trim();
}

export class Prometheus {
  readonly #fetcher: LineProgram<string>;
  readonly #folder: string;
  #log = '';

  /** Starts it in the namespace `centre`, with the files that are shipped, told of these hosts. */
  constructor(lab: Lab, centre: string, hosts: readonly Host[]) {
    this.#folder = join(lab.directory, 'prometheus');
    mkdirSync(this.#folder);
    copyFileSync(join(SHIPPED, 'sennit.rules.yml'), join(this.#folder, 'sennit.rules.yml'));
    const shipped = readFileSync(join(SHIPPED, 'scrape.yml'), 'utf8');
    const own = /^( +)- 127\.0\.0\.1:9760\n/m;
    if (!own.test(shipped)) throw new Error('etc/prometheus/scrape.yml has no target to be replaced');
    writeFileSync(
      this.config,
      shipped.replace(own, (_, space) => hosts.map((host) => `${space}- ${metricsEndpoint(host)}\n`).join('')),
    );
    const storage = `--storage.tsdb.path=${join(this.#folder, 'data')}`;
    const command = ['prometheus', `--config.file=${this.config}`, storage, `--web.listen-address=${HERE}`];
    const child = lab.spawn(centre, command);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (text) => {
        this.#log = `${this.#log}${text}`.slice(-10_000);
      });
    }
    this.#fetcher = new LineProgram<string>(lab, centre, FETCH, 'what asks for pages');
  }

  /** Path of its configuration. */
  get config(): string {
    return join(this.#folder, 'prometheus.yml');
  }

  /** A page of any server that the monitoring network reaches. */
  async page(url: string): Promise<Page> {
    return (await this.#fetcher.ask(url)) as Page;
  }

  async alerts(): Promise<Alert[]> {
    return ((await this.#api('alerts')) as { alerts: Alert[] }).alerts;
  }

  /** Targets by their state, such as `up`. */
  async targets(): Promise<string[]> {
    const { activeTargets } = (await this.#api('targets?state=active')) as { activeTargets: { health: string }[] };
    return activeTargets.map(({ health }) => health);
  }

  async query(expression: string): Promise<Sample[]> {
    const { result } = (await this.#api(`query?query=${encodeURIComponent(expression)}`)) as {
      result: { metric: Record<string, string>; value: [number, string] }[];
    };
    return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  }

  /** Waits until it answers and has scraped everything. */
  async ready(count: number): Promise<void> {
    await this.waitFor('all targets to be up', async () => {
      if ((await this.page(`http://${HERE}/-/ready`)).status !== 200) return false;
      return (await this.targets()).filter((health) => health === 'up').length === count;
    });
  }

  /** @throws Error with its log when that takes longer than `patience` milliseconds */
  async waitFor(what: string, isSo: () => Promise<boolean>, patience = PATIENCE_MS): Promise<void> {
    const deadline = Date.now() + patience;
    while (!(await isSo())) {
      if (Date.now() > deadline) throw new Error(`Prometheus waits in vain for ${what}:\n${this.#log}`);
      await sleep(200);
    }
  }

  async #api(path: string): Promise<unknown> {
    const { status, text } = await this.page(`http://${HERE}/api/v1/${path}`);
    if (status !== 200) throw new Error(`Prometheus answers ${path} with ${status}: ${text}`);
    return JSON.parse(text).data;
  }
}

/** The version of what is installed. */
export function prometheusVersion(): string {
  const text = execFileSync('prometheus', ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  return /version (\S+)/.exec(text)?.[1] ?? 'of unknown version';
}
