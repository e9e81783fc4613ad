/** Commands of exec mode that do something: save, clear. */
import { render } from '../../config/render.js';
import { writeConfigFile } from '../../config/store.js';
import type { Answer, ExecCommand, ExecContext } from './command.js';

async function save({ engine, startupFile }: ExecContext): Promise<Answer> {
  await writeConfigFile(startupFile, render(engine.running()));
  return { text: `Saved to ${startupFile}` };
}

const saveCommand: ExecCommand = { changes: true, run: save };

export const actCommands: Readonly<Record<string, ExecCommand>> = {
  'write memory': saveCommand,
  'copy running-config startup-config': saveCommand,
  'clear mac-table': {
    changes: true,
    run: async ({ engine }) => {
      await engine.clearMacTable();
      return { text: '' };
    },
  },
};
