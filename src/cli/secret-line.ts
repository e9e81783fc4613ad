/** Whether a line holds a secret, so that it belongs into no history and no log. */
import { match } from './grammar/match.js';
import { afterDo } from './grammar/outlook.js';
import type { ModeName } from './grammar/token.js';

const INVITATION = /\bsennit\d+:/i;

/** 32 bytes or more in base64 or hexadecimal. */
const KEY_LIKE = /[A-Za-z0-9+/_-]{43}=|[0-9A-Fa-f]{64}/;

/**
 * @param accepted whether the line was taken; in a refused one even what only looks like a key counts, for it may be
 *   one that was typed in the wrong place
 */
export function holdsSecret(mode: ModeName, line: string, accepted: boolean): boolean {
  if (INVITATION.test(line) || (!accepted && KEY_LIKE.test(line))) return true;
  const done = afterDo(mode, line);
  const found = done === null ? match(mode, line) : match('exec', done);
  return 'match' in found && found.match.command.secret === true && Object.keys(found.match.args).length > 0;
}
