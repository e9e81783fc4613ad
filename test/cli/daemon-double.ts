/** A control socket with an engine double behind it, and the real shell as a process in front of it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startRpcServer } from '../../src/control/server.js';
import { Journal } from '../../src/log/journal.js';
import type { Fields, Level } from '../../src/log/log.js';
import { EngineDouble } from './engine-double.js';

export const SHELL = fileURLToPath(new URL('../../src/cli/shell/main.js', import.meta.url));

export interface DaemonDouble {
  readonly engine: EngineDouble;
  /** Puts an event into the log, of any name. */
  readonly log: (level: Level, event: string, fields?: Fields) => void;
  readonly directory: string;
  readonly socket: string;
  readonly startupFile: string;
  /** Ends the connections, as a daemon that stops; the directory stays. */
  disconnect(): Promise<void>;
  /** @throws when the server had to report a fault of the program */
  stop(): Promise<void>;
}

/** @param finishMs time for commands that are under way when it stops, milliseconds */
export async function startDaemonDouble(finishMs = 1000): Promise<DaemonDouble> {
  const directory = mkdtempSync(join(tmpdir(), 'sennit-cli-'));
  const engine = new EngineDouble();
  engine.config.hostname = 'h1';
  const socket = join(directory, 's.sock');
  const startupFile = join(directory, 'sennit.conf');
  const faults: unknown[] = [];
  const journal = new Journal();
  const report = (error: unknown): void => void faults.push(error);
  const server = await startRpcServer({ path: socket, engine, startupFile, journal, report, finishMs });
  const stop = async (): Promise<void> => {
    await server.close();
    rmSync(directory, { recursive: true, force: true });
    assert.deepEqual(faults, []);
  };
  const log: DaemonDouble['log'] = (level, event, fields = {}) =>
    journal.record({ time: new Date().toISOString(), level, event, fields });
  return { engine, log, directory, socket, startupFile, disconnect: () => server.close(), stop };
}

/** Holds the next change of the configuration back until `finish`; `begun` when it is there. */
export function heldChange(engine: EngineDouble): { begun: Promise<void>; finish: () => void } {
  let finish!: () => void;
  const held = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const begun = new Promise<void>((resolve) => {
    engine.beforeApply = () => {
      engine.beforeApply = async () => undefined;
      resolve();
      return held;
    };
  });
  return { begun, finish };
}

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the shell to its end, without a terminal. */
export function runShell(
  args: readonly string[],
  input = '',
  environment: Record<string, string> = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [SHELL, ...args], { env: { PATH: process.env.PATH, ...environment } });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
    // A shell that leaves before it has read everything closes the pipe.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
