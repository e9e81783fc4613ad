/** Commands of exec mode about changing the configuration safely: sessions, commits, the way back. */
import type { Command } from '../token.js';
import { optional, pick, value, word } from '../token.js';

const show = word('show', 'Show running system information');
const configure = word('configure', 'Change the configuration');
const archive = word('archive', 'The last commits: who changed what, and when');
const name = value('name', { kind: 'name', max: 20, live: 'config-session' }, "The session's name");
const ago = value('number', { kind: 'integer', min: 0, max: 50 }, 'How many commits ago; 0: what runs');

export const commitCommands: readonly Command[] = [
  {
    id: 'configure session',
    no: 3,
    tokens: [configure, word('session', "In a session: nothing acts until 'commit'"), optional(name)],
  },
  {
    id: 'configure replace',
    json: true,
    tokens: [
      configure,
      word('replace', 'Make another configuration run; only what differs is touched'),
      word('startup-config', 'The file that is loaded at start, as it is now'),
    ],
  },
  { id: 'configure confirm', tokens: [configure, word('confirm', "Keep what 'commit confirmed' has changed")] },
  // In full only: 'conf' is for 'configure', which people type all day.
  { id: 'confirm', hidden: true, tokens: [word('confirm', "Keep what 'commit confirmed' has changed")] },
  {
    id: 'rollback',
    json: true,
    tokens: [word('rollback', 'Make run what ran before, all at once'), ago],
  },
  {
    id: 'show configuration sessions',
    json: true,
    tokens: [show, word('configuration', 'Configuration sessions'), word('sessions', 'Those that are pending')],
  },
  {
    id: 'show session diffs',
    json: true,
    tokens: [
      show,
      word('session', 'A configuration session'),
      word('diffs', 'What its commit would change'),
      optional(name),
    ],
  },
  {
    id: 'show session-config',
    json: true,
    tokens: [
      show,
      word('session-config', 'The configuration as a session has it'),
      optional(word('named', 'Of which session'), name),
      optional(pick('diffs', 'diffs', 'What its commit would change')),
    ],
  },
  { id: 'show archive', json: true, tokens: [show, archive] },
  { id: 'show archive number', json: true, tokens: [show, archive, ago] },
  {
    id: 'show archive diff',
    json: true,
    tokens: [
      show,
      archive,
      word('diff', 'What changed between two of them'),
      ago,
      optional(value('to', { kind: 'integer', min: 0, max: 50 }, 'Up to how many commits ago (default 0: what runs)')),
    ],
  },
];
