/** `npm run lint`; with --write, `npm run format`: also formats, and mends what the linter can mend. */
import { ensure } from './bootstrap.mjs';
import { lint } from './linter.mjs';
import { options } from './options.mjs';

const { write } = options('usage: npm run lint, or npm run format\n', { write: { type: 'boolean', default: false } });
ensure({ build: false });
process.exitCode = lint({ write }) ? 0 : 1;
