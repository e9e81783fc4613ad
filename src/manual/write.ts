/** `npm run docs`: writes what is made from the grammar. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { documents } from './documents.js';

for (const { path, text } of documents())
  writeFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), text);
