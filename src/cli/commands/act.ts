/** Commands of exec mode that do something: save, clear, make a key. */
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
  'crypto key generate': {
    changes: true,
    run: async ({ engine }) => {
      const publicKey = await engine.generateKey();
      return { text: `New private key in ${engine.running().keyFile}\nPublic key: ${publicKey}` };
    },
  },
};
