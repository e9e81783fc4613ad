/** `npm run lint`; with --write, `npm run format`: also formats, and mends what the linter can mend. */
import { ensure } from './bootstrap.mjs';
import { lint } from './linter.mjs';

ensure({ build: false });
process.exitCode = lint({ write: process.argv.includes('--write') }) ? 0 : 1;
