/** Commands of exec mode about sessions, commits and the way back. */
import { formatError, load } from '../../config/load.js';
import { render } from '../../config/render.js';
import { readConfigFile } from '../../config/store.js';
import { diffText, textDiff } from '../../config/text-diff.js';
import type { Args } from '../grammar/token.js';
import { archiveData, archiveDiffText, archiveText } from '../show/archive.js';
import { candidatesData, candidatesText, candidateText, diffAnswer } from '../show/candidates.js';
import { configData } from '../show/config.js';
import type { Answer, ExecCommand, ExecContext } from './command.js';
import { Refused } from './command.js';

function look(run: ExecCommand['run']): ExecCommand {
  return { changes: false, run };
}

function chosen({ engine, configuring }: ExecContext, { name }: Args) {
  if (name === undefined && configuring.candidate !== null) return configuring.candidate;
  return engine.configSessions.find(name === undefined ? null : String(name));
}

function archive({ engine: { commits } }: ExecContext): Answer {
  const found = { commits: commits.archive(), unconfirmed: commits.unconfirmed(), notKept: commits.notKept() };
  const data = archiveData(found);
  return { text: archiveText(data), data };
}

function archived({ engine: { commits } }: ExecContext, args: Args): Answer {
  const text = commits.text(Number(args.number));
  return { text: text.trimEnd(), data: () => loadedData(text) };
}

function loadedData(text: string): object {
  const loaded = load(text, 'archive');
  if (!loaded.ok) throw new Refused(`it does not load any more:\n${loaded.errors.map(formatError).join('\n')}`);
  return configData(loaded.config);
}

async function rollback({ engine, configuring }: ExecContext, args: Args): Promise<Answer> {
  const before = render(engine.running());
  await engine.commits.rollback(Number(args.number), configuring.person);
  const lines = textDiff(before, render(engine.running()));
  return { text: diffText(lines), data: lines };
}

/** What systemd's reload runs: so a file that is wrong is refused there, and nothing changes. */
async function replace({ engine, configuring, startupFile }: ExecContext): Promise<Answer> {
  const loaded = load(await readConfigFile(startupFile), startupFile);
  if (!loaded.ok) throw new Refused(loaded.errors.map(formatError).join('\n'));
  const lines = textDiff(render(engine.running()), render(loaded.config));
  // The person's words elsewhere are one commit, this is another.
  if (lines.length > 0)
    await engine.commits.as(configuring.person, 'replace startup-config', () => engine.commits.apply(loaded.config));
  return { text: diffText(lines), data: lines };
}

const confirm: ExecCommand = {
  changes: true,
  run: async ({ engine, configuring }) => {
    await engine.commits.confirm(configuring.person);
    return { text: "confirmed; 'write memory' saves it" };
  },
};

export const commitCommands: Readonly<Record<string, ExecCommand>> = {
  confirm,
  'configure confirm': confirm,
  // Without 'no' it changes the mode, which the session does.
  'configure session': {
    changes: true,
    run: ({ engine, configuring }, { name }) => {
      if (name === undefined) throw new Refused("name the session: see 'show configuration sessions'");
      engine.configSessions.drop(String(name), configuring.person);
      return { text: '' };
    },
  },
  'configure replace': { changes: true, run: replace },
  rollback: { changes: true, run: rollback },
  'show configuration sessions': look(({ engine }) => {
    const data = candidatesData(engine.configSessions.list());
    return { text: candidatesText(data), data };
  }),
  'show session diffs': look((context, args) => diffAnswer(context.engine.configSessions.diff(chosen(context, args)))),
  'show session-config': look((context, args) => {
    const candidate = chosen(context, args);
    if (args.diffs !== undefined) return diffAnswer(context.engine.configSessions.diff(candidate));
    return { text: candidateText(candidate), data: configData(candidate.config) };
  }),
  'show archive': look(archive),
  'show archive number': look(archived),
  'show archive diff': look(({ engine: { commits } }, { number, to }) => {
    const lines = textDiff(commits.text(Number(number)), commits.text(Number(to ?? 0)));
    return { text: archiveDiffText(lines), data: lines };
  }),
};
