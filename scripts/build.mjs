/** `npm run build`: installs what is missing and compiles into dist/. */
import { ensure } from './bootstrap.mjs';

ensure();
