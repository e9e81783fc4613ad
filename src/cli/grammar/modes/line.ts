/** Commands of `line vty`: the shells that are connected. */
import type { ModeSpec } from '../token.js';
import { value, word } from '../token.js';
import { navigation } from './common.js';

export const lineMode: ModeSpec = {
  name: 'line',
  prompt: 'config-line',
  parent: 'configure',
  commands: [
    {
      id: 'timeout',
      no: 1,
      tokens: [
        word('timeout', 'End a shell in which nothing was typed for so long (default 0)'),
        value('minutes', { kind: 'integer', min: 0, max: 35791 }, 'Minutes; 0: never'),
      ],
    },
    ...navigation,
  ],
};
