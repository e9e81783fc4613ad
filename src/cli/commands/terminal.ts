/** Commands of exec mode about the shell itself. */
import { historyText } from '../show/history.js';
import { logText } from '../show/log.js';
import { loggingData, loggingText } from '../show/logging.js';
import { usersData, usersText } from '../show/users.js';
import type { Answer, ExecCommand, ExecContext } from './command.js';

function look(run: ExecCommand['run']): ExecCommand {
  return { changes: false, run };
}

const users = look(({ shell, shells }) => {
  const data = usersData(shells.statuses(), shell.line);
  return { text: usersText(data), data };
});

function monitor({ shell }: ExecContext, on: boolean): Answer {
  shell.follow(on);
  return { text: '', terminal: { monitor: on } };
}

export const terminalCommands: Readonly<Record<string, ExecCommand>> = {
  'show users': users,
  who: users,
  'show log': look(({ shells }, { count }) => {
    const data = shells.journal.last(count === undefined ? undefined : Number(count));
    return { text: logText(data), data };
  }),
  'show logging': look(({ engine }) => {
    const data = loggingData(engine.logging());
    return { text: loggingText(data), data };
  }),
  'show history': look(({ shell }) => ({ text: historyText(shell.lines), data: shell.lines })),
  'terminal length': look((_, { rows }, negated) => ({
    text: '',
    terminal: { length: negated ? null : Number(rows) },
  })),
  'terminal width': look((_, { columns }, negated) => ({
    text: '',
    terminal: { width: negated ? null : Number(columns) },
  })),
  'terminal monitor': look((context, _, negated) => monitor(context, !negated)),
  'terminal no monitor': look((context) => monitor(context, false)),
};
