/** `npm run sbom`: build/sennit-VERSION.cdx.json, what Sennit is made of (CycloneDX). */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT } from './bootstrap.mjs';
import { options } from './options.mjs';
import { sourceEpoch } from './release/epoch.mjs';
import { complaints, sbom } from './release/sbom.mjs';

options('usage: npm run sbom\n');
const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
const text = sbom(ROOT, sourceEpoch(ROOT));
const wrong = complaints(text, lock);
if (wrong.length > 0) {
  process.stderr.write(`sennit: the bill of materials is not whole:\n  ${wrong.join('\n  ')}\n`);
  process.exit(1);
}
const file = join(ROOT, 'build', `sennit-${lock.version}.cdx.json`);
mkdirSync(join(ROOT, 'build'), { recursive: true });
writeFileSync(file, text);
process.stdout.write(`${relative(process.cwd(), file)} ${JSON.parse(text).components.length} components\n`);
