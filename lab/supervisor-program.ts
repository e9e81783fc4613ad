/**
 * A service manager as systemd is one, as far as a restart goes: runs a command, takes what it tells by sd_notify(3),
 * holds the descriptors that it hands over (FDSTORE=1) if told to, and gives them to the next run.
 *
 *     supervisor-program.js (hold | let-go) SOCKET COMMAND…
 *
 * SIGUSR2 restarts the command: SIGTERM, and the next run as soon as it has ended. So does its end, unless it was asked
 * for by SIGTERM. After each restart a line on standard output says how many milliseconds after its cause the old one had
 * ended and the new one was ready: `supervised {"endedMs":N,"readyMs":N}`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { arena, bind, close, putPointer, recvmsg, socket } from '../src/io/syscalls.js';

const AF_UNIX = 1;
const SOCK_DGRAM_NONBLOCK_CLOEXEC = 2 | 0o4000 | 0o2000000;
const SCM_RIGHTS = 1;
const MSG_CMSG_CLOEXEC = 0x4000_0000;
const MOST = 4096;
const HEADER_AT = MOST;
const VECTOR_AT = HEADER_AT + 64;
const CONTROL_AT = VECTOR_AT + 16;
const CONTROL_SPACE = 256;
const LOOK_MS = 2;

const [holding, path = '', ...command] = process.argv.slice(2);
const memory = arena(CONTROL_AT + CONTROL_SPACE);
const listener = listen(path);
/** What is held, by name. */
const held = new Map<string, number>();
let child: ChildProcess;
let causedAt = 0;
let endedMs = 0;
let ending = false;

function listen(at: string): number {
  const bytes = new TextEncoder().encode(at);
  const fd = socket(AF_UNIX, SOCK_DGRAM_NONBLOCK_CLOEXEC, 0);
  memory.view.setUint16(0, AF_UNIX, true);
  memory.bytes.set(bytes, 2);
  if (bind(fd, memory.address, 2 + bytes.length + 1) < 0) throw new Error(`cannot listen at ${at}`);
  return fd;
}

/** One message with the descriptors that came with it, or null when none waits. */
function hear(): { text: string; fds: number[] } | null {
  const { view, address } = memory;
  memory.bytes.fill(0, HEADER_AT);
  putPointer(view, HEADER_AT + 16, address + VECTOR_AT);
  view.setUint32(HEADER_AT + 24, 1, true);
  putPointer(view, HEADER_AT + 32, address + CONTROL_AT);
  view.setUint32(HEADER_AT + 40, CONTROL_SPACE, true);
  putPointer(view, VECTOR_AT, address);
  view.setUint32(VECTOR_AT + 8, MOST, true);
  const length = recvmsg(listener, address + HEADER_AT, MSG_CMSG_CLOEXEC);
  if (length < 0) return null;
  const fds: number[] = [];
  const control = view.getUint32(HEADER_AT + 40, true) < 16 ? 0 : view.getUint32(CONTROL_AT, true);
  if (control > 16 && view.getInt32(CONTROL_AT + 12, true) === SCM_RIGHTS) {
    for (let at = 16; at + 4 <= control; at += 4) fds.push(view.getInt32(CONTROL_AT + at, true));
  }
  return { text: new TextDecoder().decode(memory.bytes.subarray(0, length)), fds };
}

function obey({ text, fds }: { text: string; fds: number[] }): void {
  const told = new Map(text.split('\n').map((line) => line.split('=', 2) as [string, string]));
  const name = told.get('FDNAME') ?? 'stored';
  if (told.has('FDSTOREREMOVE') && held.has(name)) {
    close(held.get(name) ?? -1);
    held.delete(name);
  }
  for (const fd of fds) {
    if (told.has('FDSTORE') && holding === 'hold' && !held.has(name)) held.set(name, fd);
    else close(fd);
  }
  if (!told.has('READY') || causedAt === 0) return;
  const readyMs = Math.round(performance.now() - causedAt);
  process.stdout.write(`supervised ${JSON.stringify({ endedMs, readyMs })}\n`);
  causedAt = 0;
}

function start(): void {
  const given = held.size === 0 ? [] : [`LISTEN_FDS=${held.size}`, `LISTEN_FDNAMES=${[...held.keys()].join(':')}`];
  // The process id, which the variable must tell, is known to the new process alone.
  const script = 'LISTEN_PID=$$ exec "$@"';
  const inner = ['env', `NOTIFY_SOCKET=${path}`, ...given, ...command];
  child = spawn('setpriv', ['--pdeathsig', 'KILL', 'sh', '-c', script, 'sh', ...inner], {
    stdio: ['ignore', 'inherit', 'inherit', ...held.values()],
  });
  child.once('exit', (code) => {
    if (ending) process.exit(code ?? 1);
    causedAt ||= performance.now();
    endedMs = Math.round(performance.now() - causedAt);
    start();
  });
}

process.on('SIGUSR2', () => {
  causedAt = performance.now();
  child.kill('SIGTERM');
});
process.on('SIGTERM', () => {
  ending = true;
  child.kill('SIGTERM');
});
start();
setInterval(() => {
  for (let message = hear(); message !== null; message = hear()) obey(message);
}, LOOK_MS);
