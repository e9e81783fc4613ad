/** The status page in a real browser, looking at real daemons: what is cut is seen, and everybody can see it. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'puppeteer-core';
import { startBrowser } from '../../lab/browser.js';
import type { Daemon } from '../../lab/daemon.js';
import { networkTest } from './harness.js';
import { keyboardStops, layoutFaults, lowContrast, smallTargets } from './page-checks.js';

/** Of the browser, in which functions given to a page run. */
// biome-ignore lint/suspicious/noExplicitAny: types of the browser would be known to the whole program
declare const document: any;
// biome-ignore lint/suspicious/noExplicitAny: likewise
declare const window: any;

const URL_OF_PAGE = 'http://127.0.0.1:9760/';
const PATIENCE = { timeout: 60_000, polling: 20 };
/** What a description may be made of, and a page must not take for markup. */
const HOSTILE = `<img src=x onerror="window.taken=1"></script><script>window.taken=1</script> '"&amp; \u202etxt`;
const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 320, height: 640 };

networkTest(
  'the status page shows a cut, tells when the daemon is gone, and is usable by everybody',
  { hosts: 3, links: 2 },
  async ({ lab, network, cuts }, t) => {
    const h1 = network.daemon(1);
    await h1.must(
      'configure terminal',
      'metrics listen 127.0.0.1:9760',
      'interface sn0',
      'peer h2',
      `description ${HOSTILE}`,
    );
    const browser = await startBrowser(lab, h1.namespace);
    t.after(() => browser.close());
    const page = await browser.newPage();
    const [requested, faults] = watched(page);
    await page.setViewport(WIDE);
    await page.goto(URL_OF_PAGE);
    await linkShows(page, 'h3', 1, 'up');

    await t.test('words of the configuration are text', async () => {
      const found = await page.evaluate(() => ({
        shown: [...document.querySelectorAll('.peers .about bdi')].map(
          (each: { textContent: string }) => each.textContent,
        ),
        taken: window.taken,
        images: document.querySelectorAll('img, main script').length,
      }));
      assert.ok(found.shown.includes(HOSTILE), found.shown.join('\n'));
      assert.deepEqual([found.taken, found.images], [undefined, 0]);
    });

    await t.test('a link that is cut without a sign is down on the page', async (t) => {
      const host = network.host(2);
      const cutAt = performance.now();
      cuts.silentDrop(host, 1, 'both');
      await linkShows(page, 'h2', 1, 'down');
      t.diagnostic(`cut at the switch to seen in the page: ${Math.round(performance.now() - cutAt)} ms`);
      await page.waitForFunction(() => /h2 link 1 is down/.test(document.getElementById('news').textContent), PATIENCE);
      // On a busy machine other links may be in doubt for a moment.
      await page.waitForFunction(
        () =>
          document.querySelector('.picture').getAttribute('aria-label') ===
            'h1 and 2 peers with 4 links: h2 link 1 down' &&
          document.querySelectorAll('.strand.up').length === 3 &&
          document.title.startsWith('1 down · h1'),
        PATIENCE,
      );
      cuts.restore(host, 1, 'both');
      await linkShows(page, 'h2', 1, 'up');
    });

    await t.test('contrast, sizes and order of focus are as they should be, in the light and in the dark', async () => {
      for (const value of ['light', 'dark']) {
        // What lights up for a moment is not measured while it does.
        const still = { name: 'prefers-reduced-motion', value: 'reduce' };
        await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value }, still]);
        for (const viewport of [WIDE, NARROW]) {
          await page.setViewport(viewport);
          const where = `${value}, ${viewport.width} wide`;
          for (const faults of [lowContrast, layoutFaults, smallTargets]) await finds(page, faults, where);
        }
      }
      await page.setViewport(WIDE);
      await page.evaluate(() => document.activeElement?.blur());
      const wanted = ['A Skip', 'DIV Failovers', 'INPUT filter', 'SELECT sort', 'INPUT trouble', 'BUTTON open-all'];
      wanted.push('BUTTON close-all', 'BUTTON h2', 'BUTTON h3');
      assert.deepEqual(await keyboardStops(page, wanted.length), wanted);
      await page.focus('.toggle');
      await page.keyboard.press('Enter');
      await page.waitForFunction(() => document.querySelectorAll('tr.link').length === 2, PATIENCE);
      assert.equal(await page.$eval('.toggle', (each) => each.getAttribute('aria-expanded')), 'false');
    });

    await t.test('it says when the daemon no longer answers, and goes on when it does again', async () => {
      await h1.must('configure terminal', 'metrics listen 127.0.0.1:9761');
      await page.waitForFunction(() => !document.getElementById('stale').hidden, PATIENCE);
      const words = await page.$eval('#stale', (each) => each.textContent ?? '');
      assert.match(words, /^No answer since \d\d:\d\d:\d\d UTC: it (does not run|is slow)\./);
      await h1.must('configure terminal', 'metrics listen 127.0.0.1:9760');
      await page.waitForFunction(() => document.getElementById('stale').hidden, PATIENCE);
    });

    await t.test('a page that is opened afterwards shows it in its plots', async () => {
      await page.waitForFunction(() => document.querySelectorAll('#ledger tr').length > 0, PATIENCE);
      await page.reload();
      await page.waitForFunction(() => document.querySelector('.plot.rtt .band.down') !== null, PATIENCE);
      assert.match(await page.$eval('#ledger', (rows) => rows.textContent ?? ''), /h2 link 1/);
    });

    assert.deepEqual(
      requested.filter((url) => !url.startsWith(URL_OF_PAGE)),
      [],
      'nothing is asked of anybody else',
    );
    assert.deepEqual(faults, []);

    await t.test('250 peers are still a page', async (t) => {
      const answers = await manyPeers(page, h1);
      await page.waitForFunction(() => document.querySelectorAll('.tile').length === 250, PATIENCE);
      assert.equal(await page.$$eval('tr.link', (rows) => rows.length), 0, 'none is open');
      const [before, answered] = [await page.metrics(), answers()];
      while (answers() < answered + 2) await sleep(50);
      const spent = ((await page.metrics()).TaskDuration ?? 0) - (before.TaskDuration ?? 0);
      t.diagnostic(`250 peers with 8 links: ${Math.round((spent * 1000) / 2)} ms of the browser for an answer`);
      for (const [words, trouble, shown] of [
        ['', true, '25 of 250'],
        ['site-24', false, '11 of 250'],
        ['site-24', true, '1 of 250'],
      ] as const) {
        await page.evaluate(filterBy, words, trouble);
        assert.equal(await page.$eval('#shown', (each) => each.textContent), shown);
      }
      await page.setViewport(NARROW);
      await finds(page, layoutFaults, 'narrow');
    });
  },
);

function filterBy(words: string, trouble: boolean): void {
  document.getElementById('filter').value = words;
  const only = document.getElementById('trouble');
  only.checked = trouble;
  only.dispatchEvent(new window.Event('input'));
}

/** Nothing, that is; a page that was just made narrower may need a moment. */
async function finds(page: Page, faults: () => string[], where: string): Promise<void> {
  for (let tries = 0; tries < 50; tries++) {
    if ((await page.evaluate(faults)).length === 0) return;
    await sleep(100);
  }
  assert.deepEqual(await page.evaluate(faults), [], where);
}

/** What a page asks for, and what it complains about. */
function watched(page: Page): [requested: string[], faults: string[]] {
  const requested: string[] = [];
  const faults: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith('data:')) requested.push(request.url());
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    // That a daemon which was told not to listen refuses the connection is said there, too.
    if (message.type() === 'error' && !/net::ERR_/.test(message.text())) faults.push(message.text());
  });
  return [requested, faults];
}

async function linkShows(page: Page, peer: string, link: number, state: string): Promise<void> {
  await page.waitForFunction(
    (peer, link, state) =>
      [...document.querySelectorAll('.peers tbody')].some(
        (body) =>
          body.querySelector('.toggle').textContent === peer &&
          body.querySelectorAll('tr.link')[link as number]?.querySelector('.stated strong').textContent === state,
      ),
    PATIENCE,
    ...[peer, link, state],
  );
}

/** Answers instead of the daemon: 250 peers with 8 links, of which every tenth has one that is down. Counts. */
async function manyPeers(page: Page, daemon: Daemon): Promise<() => number> {
  const [peer] = await daemon.peers();
  const [link] = (await daemon.links()).filter(({ state }) => state === 'up');
  const peers = Array.from({ length: 250 }, (_, i) => ({ ...peer, peer: `site-${i}`, id: i + 2, linksTotal: 8 }));
  const links = peers.flatMap(({ peer: name }, i) =>
    Array.from({ length: 8 }, (_, n) => ({
      ...link,
      peer: name,
      link: n,
      state: i % 10 === 0 && n === 3 ? 'down' : 'up',
    })),
  );
  const table = (rows: object[]) => ({
    columns: Object.keys(rows[0] ?? {}),
    rows: rows.map((row) => Object.values(row)),
  });
  // Of the same version: for another one the page would load itself anew.
  const { version, uptimeSeconds } = JSON.parse(await daemon.must('show version | json'));
  const head = {
    time: new Date().toISOString(),
    hostname: 'h1',
    network: 'lab',
    interface: null,
    failovers: [],
    version,
    uptimeSeconds,
  };
  const rest = JSON.stringify({ pid: 1, ...head, peers: table(peers), links: table(links) }).slice(1);
  let at = 0;
  await page.setRequestInterception(true);
  page.on('request', (request) => {
    if (!request.url().endsWith('/status.json')) return void request.continue();
    at += 1000;
    void request.respond({ status: 200, contentType: 'application/json', body: `{"at":${at},${rest}` });
  });
  return () => at / 1000;
}
