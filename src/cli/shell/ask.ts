/** Asks the daemon for what a line does, and puts the answer through what stands behind `|`. */
import type { ControlClient } from '../../control/client.js';
import { LineTooLong } from '../../control/client.js';
import type { RunResult } from '../session.js';
import { filtered, RedirectError } from './filters.js';

/** The methods that run something. */
export type RunMethod = 'run' | 'json' | 'answer';

/**
 * @param prompt the present one, for lines that never reach the daemon
 * @throws ControlError when the daemon goes away
 */
export async function askDaemon(
  client: ControlClient,
  method: RunMethod,
  line: string,
  prompt: string,
): Promise<RunResult> {
  try {
    const result = await client.call(method, line);
    if (!result.ok || result.filters === undefined) return result;
    return { ...result, output: filtered(result.output, result.filters) };
  } catch (error) {
    if (error instanceof LineTooLong || error instanceof RedirectError)
      return { ok: false, output: `% ${error.message}`, prompt };
    throw error;
  }
}
