/** Commands of `configure session`: the candidate as a whole. */
import type { Command } from '../token.js';
import { optional, pick, value, word } from '../token.js';

const commit = word('commit', 'Make what was configured in this session run, all at once');
const show = word('show', 'Show what this session changes');
const force = optional(pick('force', 'force', 'Also where others have changed the same meanwhile'));

export const sessionCommands: readonly Command[] = [
  { id: 'commit', candidate: true, tokens: [commit, force] },
  {
    id: 'commit check',
    candidate: true,
    tokens: [commit, word('check', 'Say whether it would be taken, and change nothing')],
  },
  {
    id: 'commit confirmed',
    candidate: true,
    tokens: [
      commit,
      word('confirmed', "Take it back unless 'confirm' comes (default: within 10 minutes)"),
      optional(value('minutes', { kind: 'integer', min: 1, max: 1440 }, 'Minutes')),
      force,
    ],
  },
  {
    id: 'commit confirmed seconds',
    candidate: true,
    hidden: true,
    tokens: [
      commit,
      word('confirmed', "Take it back by itself unless 'confirm' comes"),
      word('seconds', 'Within seconds'),
      value('seconds', { kind: 'integer', min: 1, max: 86400 }, 'Seconds'),
      force,
    ],
  },
  { id: 'abort', candidate: true, tokens: [word('abort', 'Drop this session and all that was configured in it')] },
  {
    id: 'rebase',
    candidate: true,
    tokens: [word('rebase', 'Take what others have changed meanwhile into this session')],
  },
  {
    id: 'rollback',
    candidate: true,
    tokens: [
      word('rollback', 'Put a configuration that ran before into this session'),
      value('number', { kind: 'integer', min: 0, max: 50 }, "How many commits ago; see 'show archive'"),
    ],
  },
  {
    id: 'show session diffs',
    candidate: true,
    tokens: [show, word('session', 'This session'), word('diffs', 'What a commit would change')],
  },
  {
    id: 'show session-config',
    candidate: true,
    tokens: [
      show,
      word('session-config', 'The configuration as this session has it'),
      optional(pick('diffs', 'diffs', 'What a commit would change')),
    ],
  },
];
