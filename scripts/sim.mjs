/** `npm run sim`: random networks in simulated time, and what must hold in all of them. See test/sim/trials/run.ts. */
import { program } from './compiled.mjs';

program('test/sim/trials/run.js');
