/** The answer to `?`. */
import { errorText, hintRows } from './message.js';
import { outlook } from './outlook.js';
import type { Role } from './privilege.js';
import type { ModeName } from './token.js';
import { valueLabel } from './value.js';
import type { Hint } from './walk.js';
import { END_OF_LINE } from './walk.js';

/**
 * What may stand at the end of `line`, one a row: keyword, range or form, and what it means. After a word
 * without a space only what that word can become is listed.
 */
export function help(mode: ModeName, line: string, role: Role = 'admin', inCandidate = false): string {
  const ahead = outlook(mode, line, role, inCandidate);
  if ('error' in ahead) return errorText(ahead.error);
  const hints: Hint[] = [...ahead.keywords];
  for (const value of ahead.values) hints.push({ label: valueLabel(value.of), help: value.help });
  if (ahead.pipe) hints.push({ label: '|', help: 'Output modifiers' });
  if (ahead.end) hints.push(END_OF_LINE);
  return hints.length === 0 ? '% Unrecognized command' : hintRows(hints, '  ').join('\n');
}
