/**
 * Runs inside a namespace for netlink.test.ts.
 *   setup CALLS        calls functions of interface-setup in turn (JSON: [name, ...arguments][]) and
 *                      prints their results or errors as JSON
 *   monitor ENDPOINTS  watches local endpoints (JSON: link number -> endpoint) until its input ends,
 *                      and prints a line for each change
 */
import { writeSync } from 'node:fs';
import * as setup from '../../src/io/interface-setup.js';
import { LinkMonitor, type LocalEndpoint } from '../../src/io/link-monitor.js';
import { arena, ppoll } from '../../src/io/syscalls.js';

const functions = { ...setup };
const [mode, argument = ''] = process.argv.slice(2);

function runCalls(calls: [keyof typeof functions, ...unknown[]][]): void {
  const results = calls.map(([name, ...args]) => {
    try {
      return { value: (functions[name] as (...args: unknown[]) => unknown)(...args) ?? null };
    } catch (error) {
      return { error: (error as Error).message };
    }
  });
  writeSync(1, JSON.stringify(results));
}

function runMonitor(endpoints: Record<string, LocalEndpoint>): void {
  const monitor = new LinkMonitor();
  for (const [link, endpoint] of Object.entries(endpoints)) monitor.watch(Number(link), endpoint);
  const POLLIN = 1;
  const fds = arena(16);
  for (;;) {
    monitor.drain((link, usable, mtu, cause) => {
      writeSync(1, `${JSON.stringify({ link, usable, mtu, cause, resyncs: monitor.resyncs })}\n`);
    });
    [monitor.fd, 0].forEach((fd, i) => {
      fds.view.setInt32(i * 8, fd, true);
      fds.view.setUint32(i * 8 + 4, POLLIN, true);
    });
    ppoll(fds.address, 2, 0);
    if (fds.view.getUint16(14, true) !== 0) break;
  }
  monitor.close();
}

if (mode === 'setup') runCalls(JSON.parse(argument));
else if (mode === 'monitor') runMonitor(JSON.parse(argument));
else throw new Error(`unknown mode '${mode}'`);
