/** `npm run fuzz`: mutated input for everything that reads what others wrote. See test/fuzz/run.ts. */
import { program } from './compiled.mjs';

program('test/fuzz/run.js');
