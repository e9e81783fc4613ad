/** The log of a real daemon in a file: opened again on both signals, also by a daemon that gave its privileges up. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Network } from '../../lab/network.js';
import { makeMesh } from '../../lab/topology.js';
import { mustBeDocumented, readLogfmt } from '../log-lines.js';
import { labTest } from './harness.js';

const USER = 'nobody';
const UID = Number(execFileSync('id', ['-u', USER], { encoding: 'utf8' }));
const GID = Number(execFileSync('id', ['-g', USER], { encoding: 'utf8' }));

/** The events in a file, which must all be documented. */
function events(path: string): string[] {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => {
    const pairs: Record<string, unknown> = line.startsWith('{') ? JSON.parse(line) : readLogfmt(line);
    mustBeDocumented(pairs);
    return String(pairs.event);
  });
}

labTest('a file is rotated under a daemon that is another user by now', async (lab) => {
  const network = new Network(lab, makeMesh(lab, { hosts: 1, links: 1 }));
  const daemon = network.daemon(1);
  const folder = join(lab.directory, 'log');
  const [path, first, second, third] = ['', '.1', '.2', '.3'].map((end) => join(folder, `sennit.log${end}`)) as [
    string,
    ...string[],
  ] as [string, string, string, string];
  mkdirSync(folder);
  chownSync(folder, UID, GID);
  chmodSync(lab.directory, 0o711);
  const text = readFileSync(daemon.configFile, 'utf8');
  writeFileSync(daemon.configFile, `logging format json\nlogging file ${path}\n${text}`);
  chmodSync(daemon.configFile, 0o644);
  daemon.supervisor = [];
  daemon.daemonArguments = ['--user', USER];
  daemon.socket = join(lab.directory, 'run', 's.sock');
  await daemon.start();
  await daemon.waitFor('it to be ready', async () => events(path).includes('ready'));
  assert.equal(statSync(path).uid, UID);
  assert.match(daemon.log, /^{.*"event":"log-moved","to":".*\/sennit\.log"}$/m);

  // SIGUSR1: only the log. What is not saved stays.
  await daemon.must('configure terminal', 'hostname unsaved');
  renameSync(path, first);
  process.kill(daemon.pid, 'SIGUSR1');
  await daemon.waitFor('a new file', async () => existsSync(path) && events(path).includes('log-reopened'));
  assert.ok(!events(first).includes('log-reopened'));
  assert.match(await daemon.must('show running-config'), /^hostname unsaved$/m);

  // SIGHUP: the log, and the file that runs.
  for (const [, file = ''] of text.matchAll(/(?:key|psk) file (\S+)/g)) chownSync(file, UID, GID);
  writeFileSync(daemon.configFile, `logging file ${path}\nhostname anew\n${text.replace(/^hostname .*\n/m, '')}`);
  renameSync(path, second);
  process.kill(daemon.pid, 'SIGHUP');
  await daemon.waitFor('the reload', async () => existsSync(path) && events(path).includes('reloaded'));
  assert.equal(events(path)[0], 'log-reopened');
  assert.match(await daemon.must('show running-config'), /^hostname anew$/m);
  assert.match(readFileSync(path, 'utf8'), /^time=\S+ level=info event=reloaded config=/m, 'in the format of the file');

  // A file that the user may not make is refused, and nothing changes.
  const refused = await daemon.run('configure terminal', `logging file ${lab.directory}/no.log`);
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    new RegExp(`permission denied: the daemon runs as ${USER}; give that user the directory`),
  );
  assert.match(await daemon.must('show logging'), new RegExp(`^Destination +${path}$`, 'm'));
  // Nor one that is no log.
  assert.match((await daemon.run('configure terminal', 'logging file /etc/passwd')).stderr, /must end with \.log/);

  // The directory is somebody else's: it goes on with what it has, and says so.
  chownSync(folder, 0, 0);
  renameSync(path, third);
  process.kill(daemon.pid, 'SIGUSR1');
  await daemon.waitFor('a complaint', async () => events(third).includes('log-not-opened'));
  assert.match(
    await daemon.must('show log'),
    /log-not-opened .*the daemon runs as nobody; give that user the directory/,
  );
  chownSync(folder, UID, GID);
  process.kill(daemon.pid, 'SIGUSR1');
  await daemon.waitFor('a new file', async () => existsSync(path) && events(path).includes('log-reopened'));
  assert.equal(await daemon.stop(), 0);
  assert.equal(events(path).at(-1), 'stopping');
});
