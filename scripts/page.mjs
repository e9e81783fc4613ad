/**
 * Puts the status page together: dist/src/status/status-page.html, one file that loads nothing else. Its parts are in
 * src/status/page: index.html with a place for the style and one for the script, style.css, and main.js, whose imports
 * become part of it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PARTS = join(ROOT, 'src', 'status', 'page');

/** Browsers since the summer of 2023. */
const TARGET = ['chrome111', 'firefox115', 'safari16.4'];

function joined(entry) {
  const options = { bundle: true, write: false, format: 'esm', charset: 'utf8', legalComments: 'none' };
  return buildSync({ ...options, entryPoints: [join(PARTS, entry)], target: TARGET }).outputFiles[0].text;
}

const page = readFileSync(join(PARTS, 'index.html'), 'utf8')
  .replace('/* style.css */', () => `\n${joined('style.css')}`)
  .replace('/* main.js */', () => `\n${joined('main.js')}`);
writeFileSync(join(ROOT, 'dist', 'src', 'status', 'status-page.html'), page);
