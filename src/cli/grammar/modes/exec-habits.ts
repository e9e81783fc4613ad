/** What people who know other routers type without thinking: understood, but `?` and TAB name what it stands for. */
import type { Command } from '../token.js';
import { word } from '../token.js';

export const habits: readonly Command[] = [
  // Who may do everything is so from the beginning; others are told which group that takes.
  { id: 'enable', hidden: true, silent: true, privileged: true, tokens: [word('enable', 'Nothing: there is no need')] },
  { id: 'configure', hidden: true, silent: true, tokens: [word('configure', "'configure terminal'")] },
  { id: 'write', hidden: true, tokens: [word('write', "'write memory'")] },
];
