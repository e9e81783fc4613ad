/**
 * A headless Chromium in one of the lab's namespaces: it reaches what listens on loopback there, and nothing of the
 * world. Of a page it is told by functions that run within it.
 */
import { join } from 'node:path';
import puppeteer, { type Browser } from 'puppeteer-core';
import type { Lab } from './namespaces.js';

/** Debian's Chromium without windows; its package has the same name. */
const PROGRAM = '/usr/bin/chromium-headless-shell';

/** A browser that takes longer for anything than this is broken, not slow. */
const PATIENCE_MS = 60_000;

/** Whoever started it closes it; it ends with this process at the latest. */
export async function startBrowser(lab: Lab, namespace: string): Promise<Browser> {
  const options = [
    ...puppeteer.defaultArgs({ headless: 'shell', userDataDir: join(lab.directory, 'browser') }),
    // Root has no sandbox to go into, and containers often have no large /dev/shm.
    ...['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--hide-scrollbars'],
  ];
  const wrapper = ['ip', 'netns', 'exec', namespace, 'setpriv', '--pdeathsig', 'KILL'];
  return puppeteer.launch({
    executablePath: '/usr/bin/env',
    ignoreDefaultArgs: true,
    args: [...wrapper, PROGRAM, ...options],
    env: { ...process.env, HOME: lab.directory },
    pipe: true,
    timeout: PATIENCE_MS,
    protocolTimeout: PATIENCE_MS,
  });
}
