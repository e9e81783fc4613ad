/**
 * One real daemon and a swarm of hosts that it has for peers: the hosts are played by one other process in
 * another namespace, each with its own key, port and clock (lab/swarm-host.ts).
 */
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DEFAULTS } from '../src/config/model.js';
import { loadSodium } from '../src/io/sodium.js';
import { Daemon, writePsk } from './daemon.js';
import type { Lab } from './namespaces.js';
import type { SwarmSetup, SwarmState } from './swarm-program.js';
import { linkAddress, makePair } from './topology.js';

const PROGRAM = fileURLToPath(new URL('./swarm-program.js', import.meta.url));

/** UDP port of the first host of the swarm. */
const FIRST_PORT = 21_000;
const NETWORK = 'lab';
const DAEMON_ID = 1;
const PATIENCE_MS = 60_000;
const POLL_MS = 100;

/** Milliseconds; the hold is as many intervals as by default. */
export const INTERVAL: number = DEFAULTS.interval;

export class Swarm {
  readonly daemon: Daemon;
  /** Where the hosts are, what they know of the daemon, and the pre-shared key of all. */
  readonly far: string;
  readonly pskFile: string;
  readonly #setup: SwarmSetup;
  readonly #child: ChildProcess;
  readonly #answers: ((line: string) => void)[] = [];
  #complaint = '';

  private constructor(lab: Lab, daemon: Daemon, far: string, pskFile: string, setup: SwarmSetup) {
    this.daemon = daemon;
    this.far = far;
    this.pskFile = pskFile;
    this.#setup = setup;
    this.#child = lab.spawn(far, [process.execPath, PROGRAM]);
    this.#child.stderr?.on('data', (text) => {
      this.#complaint += text;
    });
    if (this.#child.stdout !== null) {
      createInterface({ input: this.#child.stdout }).on('line', (line) => this.#answers.shift()?.(line));
    }
  }

  /**
   * Makes namespaces, keys and sockets; starts the daemon without waiting for its peers.
   * @param interval milliseconds between heartbeats
   */
  static async start(lab: Lab, peers: number, links: number, interval = INTERVAL): Promise<Swarm> {
    const mesh = makePair(lab, { links });
    const { x25519Base } = await loadSodium();
    const keyPair = () => {
      const secret = randomBytes(32);
      return { secretKey: secret.toString('base64'), publicKey: Buffer.from(x25519Base(secret)).toString('base64') };
    };
    const [own, others] = [keyPair(), Array.from({ length: peers }, keyPair)];
    const [keyFile, pskFile] = [join(lab.directory, 'hub.key'), writePsk(lab)];
    writeFileSync(keyFile, `${own.secretKey}\n`, { mode: 0o600 });
    const setup: SwarmSetup = {
      network: NETWORK,
      interval,
      hold: holdOf(interval),
      networkPsk: readFileSync(pskFile, 'latin1').trim(),
      daemon: { hostId: DAEMON_ID, publicKey: own.publicKey, port: DEFAULTS.port },
      links: mesh.mtu.map((_, link) => ({ local: linkAddress(2, link), remote: linkAddress(1, link) })),
      hosts: others.map(({ secretKey }, index) => ({
        hostId: DAEMON_ID + 1 + index,
        secretKey,
        port: FIRST_PORT + index,
      })),
    };
    const [near = '', far = ''] = mesh.hosts.map((host) => host.namespace);
    const config = configOf(
      setup,
      keyFile,
      pskFile,
      others.map(({ publicKey }) => publicKey),
    );
    const swarm = new Swarm(lab, new Daemon(lab, 'hub', near, config), far, pskFile, setup);
    await swarm.#ask(JSON.stringify(setup));
    await swarm.daemon.start();
    return swarm;
  }

  /** Has all hosts call the daemon at once, and waits until all links are up at both ends; how long it took, ms. */
  async connect(): Promise<number> {
    const startedAt = performance.now();
    const wanted = this.#setup.hosts.length * this.#setup.links.length;
    await this.#ask('connect');
    while ((await this.state()).up < wanted) {
      if (performance.now() - startedAt > PATIENCE_MS) {
        throw new Error(`${(await this.state()).up} of ${wanted} links came up:\n${this.daemon.log}`);
      }
      await sleep(POLL_MS);
    }
    const took = performance.now() - startedAt;
    await this.daemon.waitLinksUp();
    return took;
  }

  /** What its hosts are told of the daemon, and by which links it is reached. */
  get setup(): Readonly<SwarmSetup> {
    return this.#setup;
  }

  async state(): Promise<SwarmState> {
    return JSON.parse(await this.#ask('state'));
  }

  async stop(): Promise<void> {
    await this.daemon.stop();
  }

  #ask(line: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const gone = () => reject(new Error(`the swarm ended: ${this.#complaint}`));
      if (this.#child.exitCode !== null) return gone();
      this.#child.once('exit', gone);
      this.#answers.push((answer) => {
        this.#child.off('exit', gone);
        resolve(answer);
      });
      this.#child.stdin?.write(`${line}\n`);
    });
  }
}

function holdOf(interval: number): number {
  return (interval * DEFAULTS.hold) / DEFAULTS.interval;
}

function configOf(setup: SwarmSetup, keyFile: string, pskFile: string, publicKeys: string[]): string[] {
  const local = setup.links.map(({ remote }, link) => ` local link ${link} address ${remote} port ${DEFAULTS.port}`);
  const peers = setup.hosts.flatMap(({ hostId, port }, index) => [
    ` peer p${hostId} id ${hostId}`,
    `  public-key ${publicKeys[index]}`,
    ...setup.links.flatMap(({ local }, link) => [
      `  link ${link}`,
      `   address ${local} port ${port}`,
      ...(setup.interval === INTERVAL ? [] : [`   timers ${setup.interval} ${setup.hold}`]),
    ]),
  ]);
  return [
    'hostname hub',
    `network ${setup.network}`,
    `crypto key file ${keyFile}`,
    `crypto psk file ${pskFile}`,
    'interface sn0',
    ` host-id ${DAEMON_ID}`,
    ...local,
    ...peers,
  ];
}
