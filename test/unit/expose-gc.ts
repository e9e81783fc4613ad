/** A full garbage collection on demand, without a flag on the command line. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** Collects all garbage, and calls finalizers that are due. */
export const collectGarbage = runInNewContext('gc') as () => void;
