/** `show tech-support` asks the other `show` commands. */
import type { Section } from '../show/tech-support.js';
import { techSupportData, techSupportText } from '../show/tech-support.js';
import type { ExecCommand, ExecContext } from './command.js';
import { showCommands } from './show.js';
import { terminalCommands } from './terminal.js';

/** What somebody who is asked for help wants to see, in this order. */
const COMMANDS = [
  'show version',
  'show running-config',
  'show interface',
  'show peers',
  'show links',
  'show sessions',
  'show failovers',
  'show mac-table',
  'show counters',
  'show logging',
  'show log',
] as const;

/** Lines of the log. */
const MOST_LINES = 200;

async function sections(context: ExecContext): Promise<Section[]> {
  const made: Section[] = [];
  for (const command of COMMANDS) {
    const handler = showCommands[command] ?? terminalCommands[command];
    const answer = await handler?.run(context, command === 'show log' ? { count: MOST_LINES } : {}, false);
    if (answer === undefined) throw new Error(`no handler for '${command}'`);
    const data = typeof answer.data === 'function' ? answer.data() : answer.data;
    made.push({ command, text: answer.text, data });
  }
  return made;
}

export const techSupportCommands: Readonly<Record<string, ExecCommand>> = {
  'show tech-support': {
    changes: false,
    run: async (context) => {
      const made = await sections(context);
      return { text: techSupportText(made), data: techSupportData(made) };
    },
  },
};
