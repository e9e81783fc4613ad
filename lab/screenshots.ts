/**
 * Pictures of the status page for the documents: four hosts with three links each, traffic, a link that was down for
 * some seconds, and one that is cut while the pictures are taken. Writes docs/images/status-*.png: `npm run screenshots`.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startBrowser } from './browser.js';
import { Cuts } from './cuts.js';
import { Lab } from './namespaces.js';
import { Network, TAP, tunnelAddress } from './network.js';
import { makeMesh } from './topology.js';

const IMAGES = fileURLToPath(new URL('../../docs/images', import.meta.url));
const PORT = 9760;

/** What each picture is of. A phone has two pixels for one of the page. */
const SHOTS = [
  { name: 'status-light', scheme: 'light', width: 1240, height: 800 },
  { name: 'status-dark', scheme: 'dark', width: 1240, height: 800 },
  { name: 'status-narrow', scheme: 'light', width: 360, height: 760 },
] as const;

const SITES = ['', '', 'Frankfurt, rack 12', 'Zurich, rack 3', 'Vienna, rack 7'];
const LINKS = ['fibre A', 'fibre B', 'radio'];

/** Milliseconds of traffic before the first cut, between it and the second, and after that. */
const [BEFORE, BETWEEN, AFTER] = [120_000, 120_000, 12_000];

async function configured(network: Network): Promise<void> {
  const peers = [2, 3, 4].flatMap((id) => [
    `peer h${id}`,
    `description ${SITES[id]}`,
    ...LINKS.flatMap((text, link) => [`link ${link}`, `description ${text}`, 'exit']),
    'exit',
  ]);
  const lines = [`metrics listen 127.0.0.1:${PORT}`, `interface ${TAP}`, ...peers];
  await network.daemon(1).must('configure terminal', ...lines);
}

async function history(lab: Lab, network: Network, cuts: Cuts): Promise<void> {
  for (const [id, interval] of [
    [2, '0.003'],
    [3, '0.01'],
    [4, '0.03'],
  ] as const) {
    const ping = ['ping', '-q', '-s', '1200', '-i', interval, tunnelAddress(id)];
    lab.spawn(network.host(1).namespace, ping).stdout?.resume();
  }
  await sleep(BEFORE);
  cuts.silentDrop(network.host(3), 0, 'both');
  await sleep(8000);
  cuts.restore(network.host(3), 0, 'both');
  await network.waitLinksUp();
  await sleep(BETWEEN);
  cuts.silentDrop(network.host(2), 1, 'both');
  await sleep(AFTER);
}

async function take(lab: Lab, namespace: string): Promise<void> {
  const browser = await startBrowser(lab, namespace);
  const page = await browser.newPage();
  for (const { name, scheme, width, height } of SHOTS) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    await page.setViewport({ width, height, deviceScaleFactor: width < 500 ? 1.5 : 1 });
    await page.goto(`http://127.0.0.1:${PORT}/`);
    await page.waitForSelector('tr.link .plot .area[d]');
    // Rates are known from the second answer on.
    await sleep(3000);
    const path = join(IMAGES, `${name}.png`);
    await page.screenshot({ path, fullPage: true });
    // Few colours are enough, and a third of the bytes.
    execFileSync('pngquant', ['--force', '--strip', '--speed', '1', '--ext', '.png', '64', path]);
    process.stdout.write(`${path} ${statSync(path).size} bytes\n`);
  }
  await browser.close();
}

const lab = new Lab();
try {
  mkdirSync(IMAGES, { recursive: true });
  const mesh = makeMesh(lab, { hosts: 4, links: LINKS.length });
  const network = new Network(lab, mesh);
  await network.start();
  await configured(network);
  await history(lab, network, new Cuts(lab, mesh));
  await take(lab, network.host(1).namespace);
  await network.stop();
} finally {
  lab.close();
}
