/** Commands of exec mode that reset what was counted, learned or agreed. */
import type { ExecCommand } from './command.js';
import { chosenPeer } from './command.js';

export const clearCommands: Readonly<Record<string, ExecCommand>> = {
  'clear counters': {
    changes: true,
    run: async ({ engine, base }) => {
      await base.clear(engine);
      return { text: '' };
    },
  },
  'clear mac-table': {
    changes: true,
    run: async ({ engine }) => {
      await engine.clearMacTable();
      return { text: '' };
    },
  },
  'clear session': {
    changes: true,
    run: async (context, args) => {
      await context.engine.clearSession(chosenPeer(context, args));
      return { text: '' };
    },
  },
};
