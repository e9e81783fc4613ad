/**
 * Links with paths of different sizes, and what becomes of traffic when one shrinks: real daemons, two hosts, three
 * links of 1500, 1400 and 9000. The second lies on devices of 1500; only its path is smaller, and nobody is told.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Policy } from '../src/config/model.js';
import type { LinkStatus } from '../src/control/engine.js';
import { ip, ipBatch, type Lab } from './namespaces.js';
import { Network, TAP, tunnelAddress } from './network.js';
import { PathLimits } from './path-limits.js';
import { Probe } from './probe.js';
import { deviceDrops, type Host, makeMesh } from './topology.js';

const DEVICES = [1500, 1500, 9000];
const PATHS = [1500, 1400, 9000];
/** What a link shrinks to. */
const SHRUNK = 1300;
/** IPv4 and UDP of what goes through the tunnel. */
const INNER_HEADERS = 28;
const PATIENCE_MS = 20_000;
const POLL_MS = 20;

/** A link as both hosts have found it. */
export interface FoundRow {
  link: number;
  device: number;
  path: number;
  /** By host. */
  found: (number | null)[];
  /** Milliseconds that each host's search took. */
  tookMs: (number | null)[];
}

export interface ShrinkRow {
  policy: Policy;
  how: string;
  link: number;
  /** Sizes that both hosts had found for the link in the end; and milliseconds until then, by polling. */
  found: (number | null)[];
  foundMs: number;
  /** MTU of the TAP on both hosts then. */
  tapMtu: number[];
  sent: number;
  lost: number;
  duplicated: number;
  /** Of the lost, what the kernel dropped before the daemon could read it, or the probe had no room for. */
  excused: number;
  gapMs: number;
  /** How often links went down. */
  downs: number;
}

export interface PathMtuOptions {
  policies: readonly Policy[];
  /** Frames a second from each host to the other. */
  rate: number;
  /** Milliseconds of traffic before all: until what carries it is compiled, that takes both cores of a small machine. */
  warmUpMs: number;
  /** Milliseconds of traffic before a link shrinks, and at least after it. */
  beforeMs: number;
  afterMs: number;
  /**
   * Most that is waited for a size to be found under traffic. `mtu auto` follows after 5 s; then the hosts fragment what
   * they send, and at high rates their reassembly, not the tunnel, loses most of it.
   */
  patienceMs: number;
}

export interface PathMtuResult {
  links: FoundRow[];
  /** MTU of the TAP on both hosts when all was found, and after the links had shrunk. */
  tapMtu: number[];
  shrunk: ShrinkRow[];
  tapMtuAfter: number[];
}

export async function runPathMtu(lab: Lab, options: PathMtuOptions): Promise<PathMtuResult> {
  const mesh = makeMesh(lab, { hosts: 2, links: DEVICES.length, mtu: DEVICES });
  const limits = new PathLimits(lab, mesh);
  PATHS.forEach((path, link) => {
    if (path < (DEVICES[link] ?? 0)) limits.set(link, path);
  });
  const network = new Network(lab, mesh, { policy: options.policies[0] as Policy });
  await network.start();
  const stage = new Stage(network, limits, options);
  await stage.find(PATHS);
  const links = await stage.found();
  const smallest = Math.min(...PATHS);
  await stage.tapFollows(smallest);
  const tapMtu = stage.tapMtus();
  // Near the largest that goes in one datagram: the host itself must not fragment it.
  const size = Math.min(...tapMtu) - INNER_HEADERS;
  const ends = mesh.hosts.map((host) => ({ ...host, address: tunnelAddress(host.id) }));
  const probe = await Probe.start(lab, ends, { rate: options.rate, size });
  await probe.begin();
  await sleep(options.warmUpMs);
  await probe.end();
  const shrunk: ShrinkRow[] = [];
  for (const policy of options.policies) {
    await network.setPolicy(policy);
    for (const how of Object.keys(SHRINK) as How[]) {
      shrunk.push(await stage.shrink(probe, policy, how));
      await stage.restore();
    }
  }
  // For good: the interface follows.
  await probe.begin();
  limits.set(0, SHRUNK);
  await stage.find([SHRUNK, ...PATHS.slice(1)], options.patienceMs);
  await probe.end();
  await stage.tapFollows(SHRUNK);
  return { links, tapMtu, shrunk, tapMtuAfter: stage.tapMtus() };
}

type How = 'ip link set mtu' | 'silently';
const SHRINK: Record<How, (stage: Stage, on: boolean) => void> = {
  'ip link set mtu': ({ network }, on) => {
    for (const { namespace } of network.mesh.hosts) ipBatch(namespace, [`link set l0 mtu ${on ? SHRUNK : DEVICES[0]}`]);
  },
  silently: ({ limits }, on) => limits.set(0, on ? SHRUNK : null),
};

class Stage {
  constructor(
    readonly network: Network,
    readonly limits: PathLimits,
    private readonly options: PathMtuOptions,
  ) {}

  async shrink(probe: Probe, policy: Policy, how: How): Promise<ShrinkRow> {
    const { hosts } = this.network.mesh;
    const drops = () => hosts.reduce((sum, host) => sum + deviceDrops(host, TAP), 0);
    const [dropsBefore, downsBefore] = [drops(), await this.downs()];
    await probe.begin();
    await sleep(this.options.beforeMs);
    const begun = performance.now();
    SHRINK[how](this, true);
    const found = await this.find([SHRUNK, ...PATHS.slice(1)], this.options.patienceMs);
    const foundMs = performance.now() - begun;
    const tapMtu = this.tapMtus();
    await sleep(Math.max(0, this.options.afterMs - foundMs));
    const flows = await probe.end();
    const sum = (figure: (flow: (typeof flows)[number]) => number) =>
      flows.reduce((total, flow) => total + figure(flow), 0);
    return {
      policy,
      how,
      link: 0,
      found: found.map((each) => each[0]?.pathMtu ?? null),
      foundMs: Math.round(foundMs),
      tapMtu,
      sent: sum((flow) => flow.sent),
      lost: sum((flow) => flow.lost),
      duplicated: sum((flow) => flow.duplicated),
      excused: sum((flow) => flow.overrun) + drops() - dropsBefore,
      gapMs: Number(Math.max(...flows.map((flow) => flow.gapMs)).toFixed(1)),
      downs: (await this.downs()) - downsBefore,
    };
  }

  /** As it was before. The link is taken down and up, for a path that has grown is looked for once a minute only. */
  async restore(): Promise<void> {
    for (const how of Object.values(SHRINK)) how(this, false);
    for (const daemon of this.network.daemons) {
      const peer = this.network.mesh.hosts.find(({ name }) => name !== daemon.name)?.name;
      const link = ['configure terminal', `interface ${TAP}`, `peer ${peer}`, 'link 0'];
      await daemon.must(...link, 'shutdown', 'no shutdown');
    }
    await this.network.waitLinksUp();
    await this.find(PATHS);
  }

  /** Waits until both hosts have found these sizes, but not for longer than `patience`; what they show then. */
  async find(paths: number[], patience = PATIENCE_MS): Promise<LinkStatus[][]> {
    const deadline = performance.now() + patience;
    for (;;) {
      const links = await Promise.all(this.network.daemons.map((daemon) => daemon.links()));
      const right = links.every((each) =>
        each.every(({ link, pathMtu, pathMtuState }) => pathMtu === paths[link] && pathMtuState === 'confirmed'),
      );
      if (right || performance.now() > deadline) return links;
      await sleep(POLL_MS);
    }
  }

  async found(): Promise<FoundRow[]> {
    const links = await Promise.all(this.network.daemons.map((daemon) => daemon.links()));
    return PATHS.map((path, link) => ({
      link,
      device: DEVICES[link] ?? 0,
      path,
      found: links.map((each) => each[link]?.pathMtu ?? null),
      tookMs: this.network.daemons.map(({ log }) => tookOf(log, link)),
    }));
  }

  /** Waits until the interfaces fit a path. */
  async tapFollows(path: number): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (this.tapMtus().some((mtu) => mtu >= path) && performance.now() < deadline) await sleep(POLL_MS);
  }

  tapMtus(): number[] {
    return this.network.mesh.hosts.map(tapMtu);
  }

  private async downs(): Promise<number> {
    const links = await Promise.all(this.network.daemons.map((daemon) => daemon.links()));
    return links.flat().reduce((sum, { downs }) => sum + downs, 0);
  }
}

function tapMtu(host: Host): number {
  const [device] = JSON.parse(ip(['-n', host.namespace, '-j', 'link', 'show', TAP]));
  return device.mtu;
}

/** Milliseconds of the first search of a link, as the daemon's log tells. */
function tookOf(log: string, link: number): number | null {
  const line = log.split('\n').find((each) => / event=path-mtu /.test(each) && each.includes(` link=${link} `));
  const took = /\bms=(\d+)/.exec(line ?? '')?.[1];
  return took === undefined ? null : Number(took);
}
