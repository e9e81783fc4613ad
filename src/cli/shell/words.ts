/** `sennit invite …` and `sennit join …`: one command given as words, without a session around it. */
import type { ReadStream } from 'node:tty';
import type { ControlClient } from '../../control/client.js';
import type { RunMethod } from './ask.js';
import { askDaemon } from './ask.js';
import type { ScriptOutput } from './script.js';
import { secretsOf } from './secrets.js';

/**
 * Runs the command; what it asks for comes from `input`, at a terminal unseen. What is printed never repeats the
 * line, which may hold a secret.
 * @param words the command; `-` in the place of what `join` takes leaves that to be asked for
 * @returns whether the daemon took it
 */
export async function runWords(
  client: ControlClient,
  words: readonly string[],
  input: ReadStream,
  output: ScriptOutput,
  method: RunMethod = 'run',
): Promise<boolean> {
  let result = await askDaemon(client, method, words.filter((word) => word !== '-').join(' '), '');
  if (result.ask !== undefined) {
    const answer = (await secretsOf(input, process.stderr)(result.ask))?.trim() ?? '';
    if (answer === '') {
      output.error('sennit: nothing was given: an invitation is expected on standard input\n');
      return false;
    }
    result = await askDaemon(client, 'answer', answer, '');
  }
  if (result.ok) output.out(result.output === '' ? '' : `${result.output}\n`);
  else output.error(`sennit: ${result.output.replace(/^% /gm, '')}\n`);
  return result.ok;
}
