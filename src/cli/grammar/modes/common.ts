/** Commands that every configuration mode has, and parameters that several modes share. */

import { DEFAULTS } from '../../../config/model.js';
import type { Command } from '../token.js';
import { optional, value, word } from '../token.js';

export const navigation: readonly Command[] = [
  {
    id: 'do',
    tokens: [word('do', 'Run a command of exec mode'), value('line', { kind: 'text', max: 65536 }, 'The command')],
  },
  { id: 'exit', tokens: [word('exit', 'Go to the mode above')] },
  { id: 'quit', tokens: [word('quit', 'Go to the mode above')] },
  { id: 'end', tokens: [word('end', 'Go to exec mode')] },
];

export const description: Command = {
  id: 'description',
  no: 1,
  tokens: [
    word('description', 'A remark'),
    value('description', { kind: 'text', max: 200 }, 'Up to the end of the line'),
  ],
};

export const shutdown: Command = { id: 'shutdown', no: 1, tokens: [word('shutdown', 'Switch off')] };

export const optionalPort = optional(
  word('port', `UDP port (default ${DEFAULTS.port})`),
  value('port', { kind: 'integer', min: 1, max: 65535 }, 'UDP port'),
);
