/** `npm run docs`: writes the reference manual and the manual page that are made from the grammar. See src/manual. */
import { program } from './compiled.mjs';
import { options } from './options.mjs';

options('usage: npm run docs\n');
program('src/manual/write.js');
