/**
 * Keeps a core busy until its parent ends; lab/awake.ts starts one for each. Each round asks the kernel something, for
 * there it sees at once that others want the core.
 */
const parent = process.ppid;
while (process.ppid === parent);
