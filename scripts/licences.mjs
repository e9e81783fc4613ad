/** `npm run licences`: the licences of what runs with Sennit. Exit code 1 if one is not allowed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './bootstrap.mjs';
import { options } from './options.mjs';
import { isAllowed, productionPackages } from './release/licences.mjs';

options('usage: npm run licences\n');
const packages = productionPackages(JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')));
const width = Math.max(...packages.map(({ name, version }) => name.length + version.length + 1));
for (const { name, version, license } of packages) {
  const verdict = isAllowed(license) ? '' : '  not allowed (scripts/release/licences.mjs)';
  process.stdout.write(`${`${name}@${version}`.padEnd(width)}  ${license}${verdict}\n`);
  if (verdict !== '') process.exitCode = 1;
}
