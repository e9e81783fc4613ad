/** `monitor`: the shell shows the live screen; what it shows, it asks for by itself. */
import type { ExecCommand } from './command.js';

export const monitorCommands: Readonly<Record<string, ExecCommand>> = {
  monitor: { changes: false, run: () => ({ text: '', terminal: { screen: 'monitor' } }) },
};
