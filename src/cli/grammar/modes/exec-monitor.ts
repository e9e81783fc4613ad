/** Commands of exec mode: the live screen. */
import type { Command } from '../token.js';
import { word } from '../token.js';

export const monitorGrammar: readonly Command[] = [
  {
    id: 'monitor',
    privileged: false,
    silent: true,
    tokens: [word('monitor', 'A live screen: peers, links, rates, failovers, log')],
  },
];
