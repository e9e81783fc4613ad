/**
 * A set of network namespaces with one prefix, a temporary directory and the processes started in
 * them, all of which go away whatever ends this process.
 *
 * Three layers see to that: `close()`; the exit and signal handlers, which call it; and a watchdog shell
 * that holds the other end of a pipe and cleans up when the pipe closes, which also happens at kill -9.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';

/** `snt<pid>_<number>`, then `-<name>`: who made it can be told from the name. */
const OURS = /^snt(\d+)_(\d+)-/;

/** $1 prefix, $2 directory. Waits for end of file, then ends the processes, the namespaces and the files. */
const WATCHDOG = `
read -r _
for name in $(ip netns list | cut -d' ' -f1); do
  case $name in "$1"-*)
    ip netns pids "$name" | xargs -r kill -9
    ip netns delete "$name"
  esac
done
rm -rf -- "$2"
`;

const openLabs = new Set<Lab>();
let labsMade = 0;
let terminalIsLent = false;

export class Lab {
  /** Begins the name of everything that this lab makes outside its directory. */
  readonly prefix: string;
  /** For keys, configurations and sockets; only root may look into it. */
  readonly directory: string;
  readonly #namespaces = new Set<string>();
  readonly #children = new Set<ChildProcess>();
  readonly #watchdog: ChildProcess;

  /** Also removes what an earlier run left that was ended together with its watchdog. */
  constructor() {
    removeLeftovers();
    this.prefix = `snt${process.pid}_${++labsMade}`;
    this.directory = mkdtempSync(join(tmpdir(), `${this.prefix}-`));
    // A session of its own: Ctrl-C in the terminal must not reach it.
    this.#watchdog = spawn('sh', ['-c', WATCHDOG, 'sh', this.prefix, this.directory], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    this.#watchdog.stdin?.on('error', () => {});
    this.#watchdog.unref();
    (this.#watchdog.stdin as unknown as { unref?(): void } | null)?.unref?.();
    if (openLabs.size === 0) installHandlers();
    openLabs.add(this);
  }

  /** Makes a namespace; returns its full name for `ip netns exec` and `ip -n`. */
  addNamespace(name: string): string {
    const full = `${this.prefix}-${name}`;
    ip(['netns', 'add', full]);
    this.#namespaces.add(full);
    ip(['-n', full, 'link', 'set', 'lo', 'up']);
    return full;
  }

  /**
   * Starts a program in a namespace (null: in the one of this process), in a session of its own, so that
   * Ctrl-C reaches only us. It ends with this process at the latest.
   */
  spawn(namespace: string | null, command: string[]): ChildProcess {
    const inside = namespace === null ? [] : ['ip', 'netns', 'exec', namespace];
    const [program, ...args] = [...inside, 'setpriv', '--pdeathsig', 'KILL', ...command];
    const child = spawn(program as string, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    // A program that died early is told by its exit, not by the broken pipe to it.
    child.stdin.on('error', () => {});
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    return child;
  }

  /** Lends the terminal to a program until it ends. Meanwhile Ctrl-C is that program's affair. */
  async foreground(command: string[]): Promise<void> {
    const child = spawn('setpriv', ['--pdeathsig', 'HUP', ...command], { stdio: 'inherit' });
    this.#children.add(child);
    terminalIsLent = true;
    await once(child, 'exit');
    terminalIsLent = false;
    this.#children.delete(child);
  }

  /** Runs a program in a namespace to its end; returns its stdout. Throws if it fails. */
  exec(namespace: string, command: string[], input?: string): string {
    const args = ['netns', 'exec', namespace, ...command];
    return execFileSync('ip', args, { encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'], input: input ?? '' });
  }

  /** Ends every process in the namespaces, removes these and the directory. May be called twice. */
  close(): void {
    if (!openLabs.delete(this)) return;
    for (const child of this.#children) child.kill('SIGKILL');
    for (const name of this.#namespaces) removeNamespace(name);
    rmSync(this.directory, { recursive: true, force: true });
    this.#watchdog.stdin?.end();
    if (openLabs.size === 0) removeHandlers();
  }
}

/** Runs `ip` with these arguments; throws with its message if it refuses. */
export function ip(args: string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Runs many `ip` commands in one process, in a namespace or (null) in the present one. */
export function ipBatch(namespace: string | null, lines: string[]): void {
  const where = namespace === null ? [] : ['-n', namespace];
  const input = `${lines.join('\n')}\n`;
  execFileSync('ip', [...where, '-batch', '-'], { encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'], input });
}

/** Kills every process in a namespace, apart from one. */
export function killAll(namespace: string, except?: number): void {
  const pids = ip(['netns', 'pids', namespace]).split('\n').filter(Boolean).map(Number);
  for (const pid of pids) if (pid !== except) kill(pid);
}

function removeNamespace(name: string): void {
  try {
    killAll(name);
    ip(['netns', 'delete', name]);
  } catch {
    // Gone already: the watchdog of a run that was killed may be at it too.
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

/** Removes namespaces and directories whose maker no longer lives. */
function removeLeftovers(): void {
  const names = ip(['netns', 'list'])
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '');
  for (const name of names.filter(isLeftover)) removeNamespace(name);
  for (const name of readdirSync(tmpdir()).filter(isLeftover)) {
    rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function isLeftover(name: string): boolean {
  const match = OURS.exec(name);
  if (match === null) return false;
  const pid = Number(match[1]);
  // Our own process id in a lab that we did not make: from an earlier process with the same id.
  if (pid === process.pid) return Number(match[2]) > labsMade;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function installHandlers(): void {
  process.on('exit', closeAll);
  for (const signal of SIGNALS) process.on(signal, onSignal);
}

function removeHandlers(): void {
  process.off('exit', closeAll);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

function closeAll(): void {
  for (const lab of openLabs) lab.close();
}

function onSignal(signal: NodeJS.Signals): void {
  if (signal === 'SIGINT' && terminalIsLent) return;
  closeAll();
  process.exit(128 + constants.signals[signal]);
}
