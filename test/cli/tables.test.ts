/** What `show` prints fits a terminal of 80 columns, however long names and addresses are. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { execMode } from '../../src/cli/grammar/modes/exec.js';
import { CommandSession } from '../../src/cli/session.js';
import { EngineDouble } from './engine-double.js';

const LONG = 'a-host-with-a-name-of-32-letters';
const ADDRESS = '2001:db8:1234:5678:9abc:def0:1234:5678';

let engine = new EngineDouble();
let session = new CommandSession(engine, { startupFile: '/proc/none/sennit.conf' });

/** Eight links of two peers, and the largest numbers that anybody will see. */
class Extreme extends EngineDouble {
  override peers() {
    const extreme = { state: 'connecting' as const, sessionAgeMs: 119_000, txFrames: 99_949, rxFrames: 99_949 };
    const counts = { lost: 99_949, macAddresses: 99_949, notPermittedRx: 99_949, txBytes: 2 ** 53, rxBytes: 2 ** 53 };
    return super.peers().map((peer) => ({ ...peer, ...extreme, ...counts }));
  }

  override async links() {
    const times = { sinceMs: 999 * 86_400_000, rttMs: 119_999, jitterMs: 119_999, lossTx: 0.0149, lossRx: 0.0149 };
    const counts = { downs: 99_949, txDatagrams: 2 ** 53, txBytes: 2 ** 53, localAddress: `[${ADDRESS}]:65535` };
    return (await super.links()).map((link) => ({ ...link, ...times, ...counts, state: 'disabled' as const }));
  }

  override sessions() {
    return super
      .sessions()
      .map((one) => ({ ...one, state: 'established' as const, handshakes: 123_456_789, tries: 99 }));
  }

  override invitations() {
    return super
      .invitations()
      .map((one) => ({ ...one, peer: LONG, address: `${ADDRESS}/128`, state: 'withdrawn' as const }));
  }

  override async macTable() {
    return (await super.macTable()).map((one) => ({ ...one, peer: LONG, heldSeconds: 86_399, ageSeconds: 86_399 }));
  }

  override version() {
    return { ...super.version(), node: `v20.19.0 (/a/${'very/'.repeat(20)}long/path/to/node)` };
  }

  override interface() {
    const status = super.interface();
    if (status === null) return null;
    const local = { link: 0, address: `[${ADDRESS}]:65535`, device: 'a-long-device-1', receiveDrops: 2 ** 53 };
    return { ...status, localLinks: Array.from({ length: 8 }, (_, link) => ({ ...local, link })) };
  }
}

beforeEach(async () => {
  engine = new Extreme();
  engine.config.hostname = 'h1';
  session = new CommandSession(engine, { startupFile: '/proc/none/sennit.conf' });
  const lines = ['configure terminal', 'interface sennit-tunnel-0', `description ${'x'.repeat(200)}`];
  for (let i = 1; i < 6; i++) lines.push(`ipv6 address 2001:db8:1234:5678:9abc:def0:1234:${i}/128`);
  for (const id of [65534, 65535]) {
    lines.push(`peer ${id === 65534 ? 'x' : ''}${LONG.slice(id === 65534 ? 1 : 0)} id ${id}`);
    lines.push('switch-policy round-robin', `description ${'word '.repeat(39)}`);
    for (let link = 0; link < 8; link++)
      lines.push(`link ${link}`, `description ${'y'.repeat(200)}`, `address ${ADDRESS} port 65535`);
  }
  for (const line of [...lines, 'end']) {
    const { ok, output } = await session.run(line);
    assert.ok(ok, `${line}: ${output}`);
  }
  engine.failoverRows = engine.failoverRows.map((row) => ({
    ...row,
    peer: LONG,
    cause: 'admin-down',
    suspectMs: 59_999,
    decideMs: 59_999,
    backMs: 86_399_000,
    drill: true,
  }));
  engine.keyStatus = {
    ...engine.keyStatus,
    next: 'x'.repeat(44),
    old: { publicKey: 'y'.repeat(44), secondsLeft: 86_400 },
  };
});

describe('what show prints', () => {
  /** Of these each line is a command or an event, which is as long as it is; and tech-support has them within. */
  const UNBROKEN = /^show (running-config|startup-config|tech-support|session[- ]|archive |history|log)/;
  for (const { id } of execMode.commands.filter(({ id }) => id.startsWith('show ') && !UNBROKEN.test(id))) {
    it(`${id} fits 80 columns`, async () => {
      for (const line of [id, `${id} detail`, `${id} peer ${LONG}`, `${id} peer ${LONG} detail`]) {
        const { ok, output } = await session.run(line);
        if (!ok && line !== id) continue;
        assert.ok(ok, output);
        for (const row of output.split('\n')) assert.ok([...row].length <= 80, row);
      }
    });
  }

  it('cuts what is longest and keeps the rest; detail has all of it', async () => {
    const [, row = ''] = (await session.run('show links')).output.split('\n');
    assert.match(row, /^xhost-with-…|^\S+… {2,}0 {2}disabled +999d00h +119999 +119999 +1\.5%\/1\.5% +99\.9K +\S+…$/);
    const detail = (await session.run(`show links peer ${LONG} detail`)).output;
    assert.match(detail, new RegExp(`^Link 0 of peer ${LONG}$`, 'm'));
    assert.ok(detail.includes(`[${ADDRESS}]:65535`) || detail.includes(`${ADDRESS}:65535`));
    assert.doesNotMatch((await session.run('show peers')).output, /MACs|Session/);
    assert.match(
      (await session.run('show peers')).output,
      /^Peer +Id +State +Policy +Up +Tx fr +Rx fr +Lost +Denied$/m,
    );
    assert.match((await session.run(`show peers ${LONG} detail`)).output, /MAC addresses:/);
  });
});
