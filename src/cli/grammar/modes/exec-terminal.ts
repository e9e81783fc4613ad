/** Commands of exec mode about the shell itself: its terminal, its history, the log, who else is there. */
import type { Command } from '../token.js';
import { optional, value, word } from '../token.js';

const show = word('show', 'Show running system information');
const terminal = word('terminal', 'Settings of this terminal');
const monitor = word('monitor', 'Print new lines of the log here, whatever is typed');

export const terminalCommands: readonly Command[] = [
  { id: 'show users', json: true, tokens: [show, word('users', 'Who is connected to this daemon')] },
  { id: 'who', json: true, privileged: false, tokens: [word('who', 'Who is connected to this daemon')] },
  {
    id: 'show log',
    json: true,
    tokens: [
      show,
      word('log', 'The newest lines of the log'),
      optional(
        word('last', 'Only the last ones'),
        value('count', { kind: 'integer', min: 1, max: 1000 }, 'How many lines'),
      ),
    ],
  },
  {
    id: 'show logging',
    json: true,
    tokens: [show, word('logging', 'Where the log goes, and how much of it did not')],
  },
  { id: 'show history', json: true, tokens: [show, word('history', 'The lines that were run in this shell')] },
  {
    id: 'terminal length',
    no: 2,
    silent: true,
    privileged: false,
    tokens: [
      terminal,
      word('length', 'Rows of a page (default: those of the window)'),
      value('rows', { kind: 'integer', min: 0, max: 512 }, 'Rows; 0: never wait at the end of a page'),
    ],
  },
  {
    id: 'terminal width',
    no: 2,
    silent: true,
    privileged: false,
    tokens: [
      terminal,
      word('width', 'Columns (default: those of the window)'),
      value('columns', { kind: 'integer', min: 20, max: 512 }, 'Columns'),
    ],
  },
  { id: 'terminal monitor', no: 2, silent: true, privileged: false, tokens: [terminal, monitor] },
  {
    id: 'terminal no monitor',
    silent: true,
    privileged: false,
    tokens: [terminal, word('no', 'Undo a setting'), word('monitor', 'Print no lines of the log here')],
  },
];
