/**
 * A host of a guide: a network namespace with its own host name, /etc, /run, /var/lib, /var/log, /dev/shm and home
 * directory. Everything else is the machine's. All that is started there ends with the lab.
 *
 * /etc begins as a copy of the machine's (without /etc/sennit), the others are empty.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { askDaemon } from '../src/cli/shell/ask.js';
import { playScript } from '../src/cli/shell/player.js';
import { ControlClient } from '../src/control/client.js';
import { killAll, type Lab } from './namespaces.js';

/** A command that takes longer is broken, not slow. */
const PATIENCE_MS = 90_000;

const PRIVATE = ['etc', 'run', 'var/lib', 'var/log'];

const ENTER = `
for place in ${PRIVATE.join(' ')}; do mount --bind "$1/$place" /$place; done
mount -t tmpfs tmpfs /dev/shm
hostname "$2"
echo ready
exec sleep infinity
`;

/** What is gone without power: files in memory (journals are kept, for tests that fail) and TAP devices. */
const FORGET = `
find /run /dev/shm -mindepth 1 ! -name '*.log' ! -type d -delete
for flags in /sys/class/net/*/tun_flags; do
  [ ! -e "$flags" ] || ip link delete "$(basename "$(dirname "$flags")")"
done
`;

export interface Printed {
  readonly code: number;
  /** Standard output and standard error, as a terminal shows them. */
  readonly output: string;
}

export class GuideHost {
  readonly name: string;
  readonly namespace: string;
  /** Where its files lie, outside: `etc/sennit/sennit.conf`. */
  readonly directory: string;
  readonly #lab: Lab;
  readonly #path: string;
  #anchor: ChildProcess | null = null;
  /** The shell that is open at its prompt. */
  #shell: { client: ControlClient; prompt: string } | null = null;
  #commands = 0;

  /** @param bin directory of programs that go before all others */
  constructor(lab: Lab, name: string, namespace: string, bin: string) {
    this.#lab = lab;
    this.name = name;
    this.namespace = namespace;
    this.directory = join(lab.directory, name);
    this.#path = `${bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
  }

  async start(): Promise<void> {
    for (const place of [...PRIVATE, 'root']) mkdirSync(join(this.directory, place), { recursive: true });
    execFileSync('cp', ['-a', '/etc/.', join(this.directory, 'etc')]);
    rmSync(join(this.directory, 'etc', 'sennit'), { recursive: true, force: true });
    const command = ['unshare', '--mount', '--uts', 'sh', '-ec', ENTER, 'sh', this.directory, this.name];
    this.#anchor = this.#lab.spawn(this.namespace, command);
    let complaint = '';
    this.#anchor.stderr?.on('data', (text) => {
      complaint += text;
    });
    const ready = once(this.#anchor.stdout as NodeJS.ReadableStream, 'data');
    const ended = once(this.#anchor, 'close').then(() => Promise.reject(new Error(`${this.name}: ${complaint}`)));
    await Promise.race([ready, ended]);
    ended.catch(() => {});
  }

  /** Runs a command of bash as root in the home directory to its end; what it leaves in the background runs on. */
  async run(command: string, input = ''): Promise<Printed> {
    const file = join(this.directory, `output-${++this.#commands}`);
    const output = openSync(file, 'w', 0o600);
    const environment = [`PATH=${this.#path}`, `HOME=${this.directory}/root`, 'LANG=C.UTF-8', 'USER=root'];
    const inside = ['--target', String(this.#anchor?.pid), '--mount', '--uts', '--net', 'env', '-i', ...environment];
    const bash = ['bash', '-c', 'cd && eval "$1"', 'bash', command];
    const child = spawn('nsenter', [...inside, ...bash], { stdio: ['pipe', output, output], timeout: PATIENCE_MS });
    closeSync(output);
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
    const [code, signal] = await once(child, 'exit');
    return {
      code: code ?? 128,
      output: `${readFileSync(file, 'utf8')}${code === null ? `(ended by ${signal})\n` : ''}`,
    };
  }

  /** The same; throws if it fails. */
  async must(command: string, input = ''): Promise<string> {
    const { code, output } = await this.run(command, input);
    if (code !== 0) throw new Error(`${this.name}: ${command}: exit code ${code}\n${output}`);
    return output;
  }

  async write(path: string, text: string, append: boolean): Promise<void> {
    await this.must(`mkdir -p "$(dirname '${path}')" && cat ${append ? '>>' : '>'} '${path}'`, text);
  }

  /** Opens a shell of `sennit`; returns the banner that it begins with at a terminal. */
  async open(): Promise<string> {
    this.#shell?.client.close();
    const client = await ControlClient.connect(join(this.directory, 'run/sennit/sennit.sock'));
    const { version, prompt } = await client.call('hello');
    this.#shell = { client, prompt };
    return `Sennit ${version}. '?' lists what can be typed.\n`;
  }

  /** The prompt of the shell of `sennit`, which is opened if there is none. */
  async prompt(): Promise<string> {
    if (this.#shell === null) await this.open();
    return this.#shell?.prompt ?? '';
  }

  /** Runs a line at that prompt, as the shell at a terminal does; returns what stands below it. */
  async line(text: string): Promise<string> {
    await this.prompt();
    const shell = this.#shell as { client: ControlClient; prompt: string };
    let printed = '';
    const print = (more: string): void => {
      printed += more;
    };
    let result = await askDaemon(shell.client, 'run', text, shell.prompt);
    const { prompt, closed, column } = result;
    const stream = result.stream;
    if (stream !== undefined)
      result = { ...result, ...(await playScript(shell.client, stream, { out: print, error: print })) };
    this.#shell = closed ? null : { client: shell.client, prompt };
    if (closed) shell.client.close();
    if (column !== undefined) print(`${' '.repeat(prompt.length + 1 + column)}^\n`);
    return `${printed}${result.output}`;
  }

  /** Kills all that runs there, as a power cut would. `start` is not needed again. */
  async crash(): Promise<void> {
    this.close();
    killAll(this.namespace, this.#anchor?.pid);
    await this.must(FORGET);
  }

  /** Closes its shell, so that nothing keeps this process. */
  close(): void {
    this.#shell?.client.close();
    this.#shell = null;
  }

  /** What the daemons there have logged, for a test that fails. */
  journal(unit: string): string {
    const files = [`var/log/${unit}.log`, `run/units/${unit}.log`].map((file) => join(this.directory, file));
    return files.map((file) => (existsSync(file) ? readFileSync(file, 'utf8') : '')).join('');
  }
}
