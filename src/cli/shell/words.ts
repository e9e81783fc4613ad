/** `sennit invite …` and `sennit join …`: one command given as words, without a session around it. */
import type { ReadStream } from 'node:tty';
import type { ControlClient } from '../../control/client.js';
import { UsageError } from './options.js';
import type { ScriptOutput } from './script.js';
import { secretsOf } from './secrets.js';

/** Far longer than any invitation. */
const MAX_INVITATION = 16 * 1024;

/**
 * Runs the command; `join` without its string (or with `-`) reads that from `input`, at a terminal unseen. What is printed never
 * repeats the line, which may hold a secret.
 * @returns whether the daemon took it
 * @throws UsageError when there is none
 */
export async function runWords(
  client: ControlClient,
  words: readonly string[],
  input: ReadStream,
  output: ScriptOutput,
): Promise<boolean> {
  const [command, ...rest] = words;
  const asks = command === 'join' && (rest.length === 0 || rest.join() === '-');
  const line = [command, ...(asks ? [await invitationFrom(input)] : rest)].join(' ');
  const result = await client.call('run', line);
  if (result.ok) output.out(result.output === '' ? '' : `${result.output}\n`);
  else output.error(`sennit: ${result.output.replace(/^% /gm, '')}\n`);
  return result.ok;
}

/** Typed or pasted unseen. */
async function typed(input: ReadStream): Promise<string> {
  const text = await secretsOf(input, process.stderr)('Invitation: ');
  if (text === null || text.trim() === '') throw new UsageError('no invitation was typed');
  return text.trim();
}

async function invitationFrom(input: ReadStream): Promise<string> {
  if (input.isTTY) return typed(input);
  let text = '';
  for await (const chunk of input) {
    text += chunk;
    if (text.length > MAX_INVITATION) throw new UsageError('this is too long for an invitation');
  }
  if (text.trim() === '') throw new UsageError('there is no invitation on standard input');
  return text.trim();
}
