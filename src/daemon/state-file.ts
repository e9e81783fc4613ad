/**
 * How files of the state directory are opened to be read. That directory may belong to the user of `--user`, and
 * root reads it at the next start: a link is not followed out of it, and a pipe is not waited for.
 */
import { constants } from 'node:fs';

export const READ_STATE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;
