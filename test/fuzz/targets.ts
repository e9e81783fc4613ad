/** Every target, in the order in which they run. A new one: a file in targets/, and a line here. */

import type { Target } from './target.js';
import { plaintext } from './targets/plaintext.js';
import { transport } from './targets/transport.js';

export const targets: readonly Target[] = [transport, plaintext];
