/** Commands of exec mode that reset what was counted, learned or agreed. */
import type { Command } from '../token.js';
import { optional, value, word } from '../token.js';

const clear = word('clear', 'Reset something');

export const clearCommands: readonly Command[] = [
  {
    id: 'clear counters',
    silent: true,
    tokens: [clear, word('counters', 'Show counters from zero on; metrics are left alone')],
  },
  { id: 'clear mac-table', silent: true, tokens: [clear, word('mac-table', 'Forget learned MAC addresses')] },
  {
    id: 'clear session',
    silent: true,
    tokens: [
      clear,
      word('session', "End sessions and begin anew: loses frames ('crypto rekey' doesn't)"),
      optional(
        word('peer', 'Only one peer'),
        value('peer', { kind: 'name', max: 32, live: 'peer' }, "The peer's name"),
      ),
    ],
  },
];
