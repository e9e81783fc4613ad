/** `npm run vectors -- DIR`: published test vectors through the functions that the daemon calls. See test/vectors/run.ts. */
import { program } from './compiled.mjs';

program('test/vectors/run.js');
