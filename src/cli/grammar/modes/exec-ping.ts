/** Commands of exec mode: ping a peer over its links. */
import type { Command } from '../token.js';
import { optional, pick, value, word } from '../token.js';

export const pingGrammar: readonly Command[] = [
  {
    id: 'ping peer',
    json: true,
    privileged: false,
    tokens: [
      word('ping', "Send packets over the tunnel's own links, and time the answers"),
      word('peer', 'To a peer'),
      value('peer', { kind: 'name', max: 32, live: 'peer' }, "The peer's name"),
      optional(
        word('link', 'Over one link (default: every one of the peer)'),
        value('link', { kind: 'integer', min: 0, max: 7 }, 'Its number'),
      ),
      optional(
        word('size', 'Bytes of each IP packet (default 100)'),
        value('size', { kind: 'integer', min: 68, max: 65_535 }, 'Bytes'),
      ),
      optional(pick('df', 'df', 'Nobody on the way may fragment it')),
      optional(
        word('count', 'How often (default 5)'),
        value('count', { kind: 'integer', min: 1, max: 1_000_000 }, 'How often'),
      ),
      optional(
        word('interval', 'Time between packets (default 1000)'),
        value('interval', { kind: 'integer', min: 10, max: 60_000 }, 'Milliseconds'),
      ),
    ],
  },
];
