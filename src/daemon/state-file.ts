/** Files of the state directory: their names, and how they are opened. */
import { constants } from 'node:fs';

/** Whether a file of this name is state: one that a store writes, its temporary, or one that was damaged and moved aside. */
export function isStateFile(name: string): boolean {
  return /^\.?(stamps|invitations\.json|archive|unconfirmed|interface|lock)(\.|$)/.test(name);
}

/**
 * To read. The directory may belong to the user of `--user`, and root reads it at the next start: a link is not followed
 * out of it, and a pipe is not waited for.
 */
export const READ_STATE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;
