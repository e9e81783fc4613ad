/** Asks the daemon for what a line does, and puts the answer through what stands behind `|`. */
import { LineTooLong } from '../../control/client.js';
import type { RunResult } from '../session.js';
import { filtered, RedirectError } from './filters.js';

/** The methods that run something. */
export type RunMethod = 'run' | 'json' | 'answer';

/** A connection to the daemon. */
export interface Asked {
  call(method: RunMethod, line: string): Promise<RunResult>;
}

/**
 * @param prompt the present one, for lines that never reach the daemon
 * @throws ControlError when the daemon goes away
 */
export async function askDaemon(client: Asked, method: RunMethod, line: string, prompt: string): Promise<RunResult> {
  try {
    const result = await client.call(method, line);
    if (!result.ok || result.filters === undefined) return result;
    return { ...result, output: filtered(result.output, result.filters) };
  } catch (error) {
    if (error instanceof RedirectError) return { ok: false, output: `% ${error.message}`, prompt };
    if (!(error instanceof LineTooLong)) throw error;
    // Nobody knows whether such a line holds a secret.
    return { ok: false, output: `% ${error.message}`, prompt, secret: true };
  }
}
