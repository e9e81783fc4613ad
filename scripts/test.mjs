/**
 * `npm test`: lint, build, then every test. `npm test -- netns/failover replay` runs only the files whose
 * path contains one of the words (and does not lint).
 *
 * Files run side by side on all cores, except those under test/netns, which have real daemons: one more at a time than
 * there are cores where they mostly wait, one at a time where they load the machine or are about what it drops.
 * All runs end in one summary; what failed is told once more after it.
 */
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { ensure, ROOT } from './bootstrap.mjs';
import { Failures } from './failures.mjs';
import { lint } from './linter.mjs';

const FILE_TIMEOUT_MS = 300_000;
/** Files of test/netns that mostly wait: for daemons to start, for a deadline to pass. Others run alone. */
const WAITING = [
  ...['bridge', 'capture', 'cipher', 'commit-confirmed', 'config-errors', 'device', 'drill', 'enrolment', 'failover'],
  ...['fragment', 'guards', 'guide', 'guide-bridge-vms', 'guide-corosync', 'guide-getting-started', 'guide-keepalived'],
  ...['guide-troubleshooting', 'guide-upgrade', 'keys', 'lab', 'lifecycle', 'logging', 'netlink', 'path-mtu'],
  ...['privileges', 'relay', 'restart', 'tap'],
];
/** Debian packages that only one file needs. */
const PACKAGES_OF = {
  'guide-corosync': ['corosync'],
  'guide-keepalived': ['keepalived'],
  'status-page': ['chromium-headless-shell'],
};
const TOTAL = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) ([\d.]+)$/;

const filters = process.argv.slice(2);
const isRoot = process.getuid() === 0;
ensure({ apt: isRoot ? ['iproute2', 'nftables', 'iputils-ping', 'util-linux'] : [] });
if (filters.length === 0 && !lint()) fail('the linter refuses; most complaints are mended by: npm run format');

const files = readdirSync(join(ROOT, 'dist', 'test'), { recursive: true })
  .filter((name) => name.endsWith('.test.js') && (filters.length === 0 || filters.some((word) => name.includes(word))))
  .map((name) => join(ROOT, 'dist', 'test', name))
  .sort();
if (files.length === 0) fail(`no test file matches ${filters.join(' ')}`);
const special = files.flatMap((file) => PACKAGES_OF[basename(file, '.test.js')] ?? []);
if (isRoot) ensure({ apt: special, build: false });
if (!isRoot) process.stderr.write('sennit: not root, the tests in network namespaces skip themselves\n');

const inNamespaces = (file) => file.includes('/test/netns/');
const waits = (file) => inNamespaces(file) && WAITING.includes(basename(file, '.test.js'));
const cores = availableParallelism();
const totals = new Map();
const failures = new Failures();
const events = new PassThrough({ objectMode: true });
const finished = new Promise((resolve) => {
  events.pipe(new spec()).on('end', resolve).pipe(process.stdout, { end: false });
});
const groups = [
  [files.filter((file) => !inNamespaces(file)), Math.min(cores, 8)],
  [files.filter(waits), Math.min(cores + 1, 4)],
  [files.filter((file) => inNamespaces(file) && !waits(file)), 1],
];
for (const [group, concurrency] of groups) {
  if (group.length === 0) continue;
  for await (const event of run({ files: group, concurrency, timeout: FILE_TIMEOUT_MS })) forward(event);
}
for (const [name, count] of totals) {
  events.write({ type: 'test:diagnostic', data: { nesting: 0, message: `${name} ${count}` } });
}
events.end();
await finished;
process.stdout.write(failures.text());
// A test that left a timer or socket behind must not keep the run from ending.
process.exit(process.exitCode ?? 0);

/** Passes an event on to the reporter, but keeps each run's own totals back to add them up. */
function forward(event) {
  failures.see(event);
  if (event.type === 'test:fail' && event.data.todo === undefined) process.exitCode = 1;
  const total = event.type === 'test:diagnostic' && event.data.nesting === 0 && TOTAL.exec(event.data.message);
  if (total) totals.set(total[1], (totals.get(total[1]) ?? 0) + Number(total[2]));
  else events.write(event);
}

function fail(message) {
  process.stderr.write(`sennit: ${message}\n`);
  process.exit(1);
}
