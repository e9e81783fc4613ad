/** Which commands are for whom: a function over the grammar, for sessions, help and completion alike. */
import type { Command } from './token.js';

/** An `admin` may do everything, a `reader` look at everything that `show` prints. */
export type Role = 'admin' | 'reader';

/** First words of commands that change nothing. */
const HARMLESS: ReadonlySet<string> = new Set(['show', 'end', 'exit', 'quit', 'logout']);

/** Whether a role may use a command: one that does not say so itself is for admins, unless it only looks or leaves. */
export function isFor(role: Role, command: Command): boolean {
  if (role === 'admin') return true;
  const [first] = command.tokens;
  return !(command.privileged ?? !(first?.type === 'word' && HARMLESS.has(first.word)));
}
