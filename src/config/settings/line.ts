/** Settings of `line vty` mode. */
import type { Config } from '../model.js';
import { DEFAULTS } from '../model.js';
import type { Setting } from './setting.js';
import { field } from './setting.js';

export const lineSettings: Record<string, Setting<Config>> = {
  timeout: field('vtyTimeout', 'minutes', DEFAULTS.vtyTimeout as number),
};
