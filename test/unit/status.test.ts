/** What the status page is served: the page and its headers, the daemon now, the last minutes. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import { CommandSession } from '../../src/cli/session.js';
import { emptyConfig, newInterface, newPeer, newPeerLink } from '../../src/config/model.js';
import type { LinkStatus } from '../../src/control/engine.js';
import { Shells } from '../../src/control/shells.js';
import { Listener } from '../../src/metrics/listener.js';
import { History, SAMPLE_INTERVAL, SAMPLES } from '../../src/status/history.js';
import { Status } from '../../src/status/status.js';
import { EngineDouble } from '../cli/engine-double.js';
import { ask, freePort, type Reply } from './http.js';

function engineWithPeers(...names: string[]): EngineDouble {
  const engine = new EngineDouble();
  const peers = names.map((name, i) => ({ ...newPeer(name, i + 2), links: new Map([[0, newPeerLink()]]) }));
  const byName = new Map(peers.map((peer) => [peer.name, peer]));
  engine.config = { ...emptyConfig(), interface: { ...newInterface('sn0'), hostId: 1, peers: byName } };
  return engine;
}

async function listening(
  t: TestContext,
  engine: EngineDouble,
): Promise<(path: string, method?: string) => Promise<Reply>> {
  const listener = new Listener(engine, (error) => assert.fail(String(error)));
  t.after(() => listener.close());
  const at = { address: '127.0.0.1', port: await freePort() };
  await listener.change({ ...engine.config, metrics: at });
  return (path, method = 'GET') => ask(at, path, { method });
}

describe('the status page', () => {
  it('is one file that the policy lets run what is in it, and nothing else', async (t) => {
    const get = await listening(t, engineWithPeers('b'));
    const { status, type, body, headers } = await get('/');
    assert.equal(status, 200);
    assert.equal(type, 'text/html; charset=utf-8');
    const policy = String(headers['content-security-policy']);
    assert.match(policy, /^default-src 'none'; /);
    assert.match(
      policy,
      /; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
    assert.doesNotMatch(policy, /unsafe|\*|http/);
    for (const name of ['style', 'script']) {
      const [part, ...more] = [...body.matchAll(new RegExp(`<${name}[^>]*>([^]*?)</${name}>`, 'g'))];
      assert.ok(part !== undefined && more.length === 0, `one ${name}`);
      assert.ok((part[1] ?? '').length > 1000, `${name} is put in`);
      const hash = createHash('sha256').update(String(part[1])).digest('base64');
      assert.ok(policy.includes(`${name}-src 'sha256-${hash}'`), policy);
    }
    assert.doesNotMatch(body, /<(script|link|img|iframe)[^>]* (src|href)="(?!data:)/);
    assert.doesNotMatch(body, / (style|on[a-z]+)="/, 'the policy allows none of these');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['x-frame-options'], 'DENY');
    assert.equal(headers['referrer-policy'], 'no-referrer');
    assert.equal(headers['cache-control'], 'no-store');
  });

  it('can only be read, and only under a name of this host', async (t) => {
    const engine = engineWithPeers('b');
    const listener = new Listener(engine, (error) => assert.fail(String(error)));
    t.after(() => listener.close());
    const at = { address: '127.0.0.1', port: await freePort() };
    await listener.change({ ...engine.config, metrics: at });
    for (const path of ['/', '/status.json', '/history.json?peer=b']) {
      assert.equal((await ask(at, path, { method: 'HEAD' })).body, '');
      assert.equal((await ask(at, path, { method: 'POST' })).status, 405);
      assert.equal((await ask(at, path, { host: 'evil.example' })).status, 403);
    }
    assert.match((await ask(at, '/nothing')).body, /status page/);
  });
});

describe('/status.json', () => {
  it('tells what show tells', async (t) => {
    const engine = engineWithPeers('c', 'b');
    const get = await listening(t, engine);
    const { type, body, headers } = await get('/status.json');
    assert.equal(type, 'application/json; charset=utf-8');
    assert.equal(headers['content-security-policy'], "default-src 'none'; frame-ancestors 'none'");
    const told = JSON.parse(body);
    const session = new CommandSession(engine, { startupFile: '/nowhere', shells: new Shells() });
    const show = async (what: string) => JSON.parse((await session.run(`show ${what} | json`)).output);
    const { version, uptimeSeconds } = await show('version');
    assert.deepEqual([told.version, told.uptimeSeconds], [version, uptimeSeconds]);
    for (const what of ['interface', 'failovers']) assert.deepEqual(told[what], await show(what), what);
    for (const what of ['peers', 'links']) {
      const rows: Record<string, unknown>[] = await show(what);
      const { columns } = told[what];
      const expected = rows.map((row) => columns.map((column: string) => row[column]));
      const inOrder = (all: unknown[]) => all.map((row) => JSON.stringify(row)).sort();
      assert.deepEqual(inOrder(told[what].rows), inOrder(expected), what);
      assert.ok(!expected.flat().includes(undefined), `${columns} are all in show ${what}`);
    }
    assert.equal(told.network, engine.config.network);
    assert.doesNotMatch(body, /key|psk/i, 'neither keys nor where they are');
  });

  it('asks the daemon once for all who ask at about the same time', async (t) => {
    const engine = engineWithPeers('b');
    let asked = 0;
    const links = engine.links.bind(engine);
    engine.links = () => {
      asked++;
      return links();
    };
    const get = await listening(t, engine);
    const bodies = await Promise.all(Array.from({ length: 20 }, () => get('/status.json')));
    // The first sample of the history, and perhaps one more if the machine was asleep in between.
    assert.ok(asked <= 3, `asked ${asked} times`);
    assert.ok(new Set(bodies.map(({ body }) => body)).size <= asked);
  });
});

it('while nobody looks, links are read every five seconds and nothing else is', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const engine = engineWithPeers('b');
  const asked: string[] = [];
  for (const name of ['links', 'peers', 'interface', 'failovers', 'macTable', 'counters'] as const) {
    const original = engine[name].bind(engine) as () => never;
    engine[name] = () => {
      asked.push(name);
      return original();
    };
  }
  const status = new Status(engine, (error) => assert.fail(String(error)));
  t.mock.timers.tick(SAMPLE_INTERVAL * 12);
  assert.deepEqual(asked, Array(13).fill('links'));
  await status.now();
  assert.ok(asked.includes('peers'), 'when somebody looks, all is');
  status.close();
  const before = asked.length;
  t.mock.timers.tick(SAMPLE_INTERVAL * 12);
  assert.equal(asked.length, before, 'closed');
});

describe('/history.json', () => {
  const link = (fields: Partial<LinkStatus>): LinkStatus =>
    ({
      peer: 'b',
      link: 0,
      state: 'up',
      rttMs: 1,
      lossTx: 0,
      lossRx: 0.5,
      txBytes: 0,
      rxBytes: 0,
      ...fields,
    }) as LinkStatus;
  const samples = (history: History, rows: readonly Partial<LinkStatus>[]) => {
    rows.forEach((fields, i) => {
      history.add({ at: 1000 + i * SAMPLE_INTERVAL, links: [link({ downs: 0, suspicions: 0, ...fields })] });
    });
    return JSON.parse(history.body(['b'], 7));
  };

  it('has what was between two samples, too, and rates', () => {
    const told = samples(new History(), [
      {},
      { txBytes: 5000, rxBytes: 10_000 },
      { state: 'up', downs: 1, suspicions: 1, txBytes: 5000, rxBytes: 0 },
      { state: 'up', downs: 1, suspicions: 2, rttMs: null, lossTx: null, lossRx: null },
      { state: 'down', downs: 2, suspicions: 2 },
      { state: 'disabled', downs: 3, suspicions: 2 },
    ]);
    const [row] = told.links;
    const states = [...row.state].map((digit: string) => told.states[Number(digit)]);
    assert.deepEqual(states, ['up', 'up', 'down', 'suspect', 'down', 'disabled']);
    assert.deepEqual(row.rttMs, [1, 1, 1, null, null, null]);
    assert.deepEqual(row.loss, [0.5, 0.5, 0.5, null, null, null]);
    assert.deepEqual(row.out, [null, 8000, 0, 0, 0, 0], 'never below zero, though the counter began anew');
    assert.deepEqual(row.in, [null, 16_000, 0, 0, 0, 0]);
    assert.deepEqual([told.pid, told.spanMs, told.at[1] - told.at[0]], [7, 300_000, SAMPLE_INTERVAL]);
  });

  it('keeps so many samples, oldest first, and links that are new have none of before', () => {
    const history = new History();
    const rows = Array.from({ length: SAMPLES + 5 }, (_, i) => ({ rttMs: i }));
    const told = samples(history, rows);
    assert.equal(told.at.length, SAMPLES);
    assert.deepEqual(
      told.at,
      [...told.at].sort((a, b) => a - b),
    );
    assert.deepEqual([told.links[0].rttMs[0], told.links[0].rttMs.at(-1)], [5, SAMPLES + 4]);
    history.add({ at: 1e6, links: [link({ peer: 'c' }), link({})] });
    const both = JSON.parse(history.body(['c', 'b', 'b', 'nobody'], 7));
    assert.deepEqual(
      both.links.map(({ peer }: LinkStatus) => peer),
      ['c', 'b'],
    );
    assert.match(both.links[0].state, /^-{60}\d$/);
    history.add({ at: 2e6, links: [link({ peer: 'c' })] });
    assert.deepEqual(JSON.parse(history.body(['b'], 7)).links, [], 'a link that is gone is forgotten');
  });

  it('has a bound for one answer', () => {
    const history = new History();
    const names = Array.from({ length: 250 }, (_, i) => `p${i}`);
    history.add({ at: 1, links: names.map((peer) => link({ peer })) });
    assert.equal(JSON.parse(history.body(names, 7)).links.length, 32);
  });

  it('is served of the peers that are asked for', async (t) => {
    const get = await listening(t, engineWithPeers('b', 'c'));
    await get('/status.json');
    const told = JSON.parse((await get('/history.json?peer=c&peer=%00')).body);
    assert.deepEqual(
      told.links.map(({ peer }: LinkStatus) => peer),
      ['c'],
    );
    assert.deepEqual(JSON.parse((await get('/history.json')).body).links, []);
  });
});
