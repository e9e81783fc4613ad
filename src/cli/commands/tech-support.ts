/** `show tech-support` asks the other `show` commands. */
import type { Section } from '../show/tech-support.js';
import { techSupportData, techSupportText } from '../show/tech-support.js';
import type { ExecCommand, ExecContext } from './command.js';
import { showCommands } from './show.js';

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
] as const;

async function sections(context: ExecContext): Promise<Section[]> {
  const made: Section[] = [];
  for (const command of COMMANDS) {
    const answer = await showCommands[command]?.run(context, {}, false);
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
