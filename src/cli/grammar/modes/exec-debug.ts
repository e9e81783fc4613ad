/** Commands of exec mode: debug. */
import type { Command, Token } from '../token.js';
import { choice, optional, pick, value, word } from '../token.js';

const topic = choice(
  pick('topic', 'handshake', 'Messages of handshakes: sent, received, refused'),
  pick('topic', 'links', 'Answers to heartbeats, changes of state, doubts'),
  pick('topic', 'failover', 'Doubts, verdicts, and what is sent again'),
  pick('topic', 'mtu', 'The largest packets that pass'),
  pick('topic', 'switch', 'Addresses that are learned, move, are held or refused'),
  pick('topic', 'all', 'All of these'),
);

const ofPeer: Token = optional(
  word('peer', 'Only of one peer'),
  value('peer', { kind: 'name', max: 32, live: 'peer' }, "The peer's name"),
);

export const debugGrammar: readonly Command[] = [
  {
    id: 'debug',
    no: 1,
    tokens: [word('debug', 'Tell more, until it is switched off or the daemon ends'), topic, ofPeer],
  },
  { id: 'undebug', tokens: [word('undebug', 'Tell no more of it'), topic, ofPeer] },
  {
    id: 'show debugging',
    json: true,
    tokens: [word('show', 'Show running system information'), word('debugging', 'What is debugged')],
  },
];
