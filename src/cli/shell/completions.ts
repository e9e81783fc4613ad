/** `sennit --complete LINE`, which the completions of other shells ask. */
import { ControlClient } from '../../control/client.js';
import { complete } from '../grammar/complete.js';

/**
 * What the last word of a line of exec mode can become, one word a line. The daemon knows the names of what is
 * configured; without one there are keywords.
 */
export async function completions(socket: string, line: string): Promise<string> {
  const { candidates } = await ask(socket, line).catch(() => complete('exec', line, () => []));
  return candidates.map((word) => `${word}\n`).join('');
}

async function ask(socket: string, line: string) {
  const client = await ControlClient.connect(socket);
  try {
    return await client.call('complete', line);
  } finally {
    client.close();
  }
}
