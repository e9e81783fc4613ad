/** A real `sennitd` in a namespace: its configuration, its start and end, and talking with it through the shell. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ControlClient, ControlError } from '../src/control/client.js';
import type { LinkStatus, PeerStatus } from '../src/control/engine.js';
import type { Lab } from './namespaces.js';

export const SENNITD = fileURLToPath(new URL('../src/daemon/start.js', import.meta.url));
export const SENNIT = fileURLToPath(new URL('../src/cli/shell/main.js', import.meta.url));

/** A daemon that takes longer for anything than this is broken, not slow. */
const PATIENCE_MS = 20_000;
const POLL_MS = 50;

/** What the daemon itself would give up first, and run its program anew for: so it need not, as under systemd. */
const KEPT = ['chown', 'dac_override', 'fowner', 'net_bind_service', 'net_admin', 'net_raw', 'sys_nice'];
export const SUPERVISOR = ['setpriv', '--no-new-privs', `--bounding-set=-all,${KEPT.map((name) => `+${name}`).join()}`];

export interface Answer {
  /** 0, or 1 if a command was refused. */
  code: number;
  stdout: string;
  stderr: string;
}

export class Daemon {
  readonly name: string;
  readonly namespace: string;
  /** Its configuration file and its control socket; the latter may be changed before a start. */
  readonly configFile: string;
  socket: string;
  /** Its state directory. */
  readonly state: string;
  /** All that it has printed since the first start. */
  log = '';
  /** Options for Node itself, for the next start. */
  nodeArguments: string[] = [];
  /** More options for the daemon, for the next start. */
  daemonArguments: string[] = [];
  /** What a supervisor does before it starts the program; empty: nothing. */
  supervisor = SUPERVISOR;
  readonly #lab: Lab;
  #child: ChildProcess | null = null;
  #closed: Promise<unknown> = Promise.resolve();

  /** @param config the lines of its configuration file */
  constructor(lab: Lab, name: string, namespace: string, config: string[]) {
    this.#lab = lab;
    this.name = name;
    this.namespace = namespace;
    this.configFile = join(lab.directory, `${name}.conf`);
    this.socket = join(lab.directory, `${name}.sock`);
    this.state = join(lab.directory, `${name}.state`);
    this.configure(config);
  }

  /** Writes the configuration file anew, for the next start. */
  configure(config: string[]): void {
    writeFileSync(this.configFile, `${config.join('\n')}\n`, { mode: 0o600 });
  }

  /** Starts the program and returns at once. @param wrapper a command that runs it instead of a supervisor, such as `sh …` */
  launch(wrapper: readonly string[] = this.supervisor): void {
    const program = [process.execPath, ...this.nodeArguments, SENNITD];
    const places = ['--config', this.configFile, '--socket', this.socket, '--state', this.state];
    const command = [...program, ...places, ...this.daemonArguments];
    const child = this.#lab.spawn(this.namespace, [...wrapper, ...command]);
    this.#child = child;
    this.#closed = once(child, 'close');
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (text) => {
        this.log += text;
      });
    }
  }

  /** Starts the program and waits until it answers commands. @throws with its log if it ends before that */
  async start(): Promise<void> {
    this.launch();
    await this.waitFor('a control socket', async () => {
      if (!this.running) throw new Error(`${this.#ending()} at once:\n${this.log}`);
      return this.#answers();
    });
  }

  get running(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error(`sennitd of ${this.name} was not started`);
    return this.#child.pid;
  }

  /** Waits for the end of a program that is expected to end by itself; returns its exit code (null: by a signal). */
  async ended(): Promise<number | null> {
    await withTimeout(this.#closed, `sennitd of ${this.name} does not end`);
    return this.#child?.exitCode ?? null;
  }

  #ending(): string {
    return `sennitd of ${this.name} ended (${this.#child?.signalCode ?? `exit code ${this.#child?.exitCode}`})`;
  }

  /** Asks it to end; returns its exit code. */
  async stop(signal: 'SIGTERM' | 'SIGINT' = 'SIGTERM'): Promise<number | null> {
    this.#child?.kill(signal);
    return this.ended();
  }

  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.ended();
  }

  /** Runs commands as `sennit -c … -c …` does, in a process of its own. */
  run(...commands: string[]): Promise<Answer> {
    return shell(['--socket', this.socket, ...commands.flatMap((command) => ['-c', command])]);
  }

  /** Runs commands that must not be refused over the control socket, without a shell; returns what they print. */
  async must(...commands: string[]): Promise<string> {
    const client = await ControlClient.connect(this.socket);
    try {
      let output = '';
      for (const command of commands) {
        const result = await client.call('run', command);
        if (!result.ok) throw new Error(`${this.name} refused "${command}": ${result.output}`);
        output += result.output;
      }
      return output;
    } finally {
      client.close();
    }
  }

  async peers(): Promise<PeerStatus[]> {
    return JSON.parse(await this.must('show peers | json'));
  }

  async links(): Promise<LinkStatus[]> {
    return JSON.parse(await this.must('show links | json'));
  }

  /** Waits until every peer is connected. */
  async waitConnected(): Promise<void> {
    await this.waitFor('every peer to connect', async () =>
      (await this.peers()).every((peer) => peer.state === 'connected'),
    );
  }

  /** Waits until every link that isn't switched off is up. */
  async waitLinksUp(): Promise<void> {
    await this.waitFor('every link to be up', async () =>
      (await this.links()).every((link) => link.state === 'up' || link.state === 'disabled'),
    );
  }

  /** Whether the control socket is there and answers. */
  async #answers(): Promise<boolean> {
    try {
      await this.must('show version');
      return true;
    } catch (error) {
      if (error instanceof ControlError) return false;
      throw error;
    }
  }

  async waitFor(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!(await isSo())) {
      if (Date.now() > deadline) throw new Error(`${this.name} waits in vain for ${what}:\n${this.log}`);
      await sleep(POLL_MS);
    }
  }
}

/** Runs `sennit` with these arguments and this standard input to its end. */
export async function shell(args: string[], input = ''): Promise<Answer> {
  const child = spawn(process.execPath, [SENNIT, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [code] = await withTimeout(once(child, 'close'), `sennit ${args.join(' ')} does not end`);
  return { code: (code as number | null) ?? 128, stdout, stderr };
}

/** Writes a random 32-byte pre-shared key; returns the path. */
export function writePsk(lab: Lab): string {
  const path = join(lab.directory, 'net.psk');
  writeFileSync(path, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
  return path;
}

async function withTimeout<T>(promise: Promise<T>, complaint: string): Promise<T> {
  const abort = new AbortController();
  const late = sleep(PATIENCE_MS, undefined, { signal: abort.signal }).then(
    () => Promise.reject(new Error(complaint)),
    () => new Promise<never>(() => {}),
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    abort.abort();
  }
}
