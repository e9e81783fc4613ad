/** Commands of exec mode: capture packets. */
import type { Command, Token } from '../token.js';
import { choice, optional, pick, value, word } from '../token.js';

const capture = word('capture', 'Copy packets into a file (pcapng), or show a line for each');

const options: readonly Token[] = [
  optional(
    word('peer', 'Only packets from and to one peer'),
    value('peer', { kind: 'name', max: 32, live: 'peer' }, "The peer's name"),
  ),
  optional(
    word('file', "Into a file on the shell's side"),
    value('file', { kind: 'path', relative: true }, 'Its name'),
  ),
  optional(pick('to', 'stdout', "Into the shell's standard output, for a program behind a pipe")),
  optional(
    word('count', 'End after so many packets'),
    value('count', { kind: 'integer', min: 1, max: 1_000_000_000 }, 'How many'),
  ),
  optional(
    word('seconds', 'End after so long'),
    value('seconds', { kind: 'integer', min: 1, max: 86_400 }, 'How long'),
  ),
  optional(
    word('snaplen', 'Keep only the beginning of each packet (default: all of it)'),
    value('snap', { kind: 'integer', min: 14, max: 262_144 }, 'How many bytes'),
  ),
];

export const captureGrammar: readonly Command[] = [
  {
    id: 'capture link',
    tokens: [
      capture,
      word('link', 'Sealed datagrams, as they go over a link'),
      choice(
        value('link', { kind: 'integer', min: 0, max: 7, live: 'local-link' }, 'Its number'),
        pick('all', 'all', 'Every link, each as an interface of its own'),
      ),
      ...options,
    ],
  },
  {
    id: 'capture interface',
    tokens: [capture, word('interface', 'Frames that users send and get'), ...options],
  },
];
