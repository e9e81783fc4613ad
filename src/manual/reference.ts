/** docs/cli-reference.md: every command of every mode, from the grammar. */
import { filters, isPipeable } from '../cli/grammar/pipes.js';
import { isFor } from '../cli/grammar/privilege.js';
import type { Command, ModeName, ModeSpec } from '../cli/grammar/token.js';
import { tree } from '../cli/grammar/tree.js';
import { parameters } from './parameters.js';
import type { Entry } from './syntax.js';
import { described } from './syntax.js';

/** How a mode is entered, and what it is about. */
const MODES: Readonly<Record<ModeName, string>> = {
  exec: 'Where a shell begins: look, save, act.',
  configure: 'The host and its network. Entered by `configure terminal`; a configuration file begins here.',
  interface: "This host's end of the segment. Entered by `interface NAME`.",
  peer: 'One other host. Entered by `peer NAME id N`.',
  'peer-link': 'One link to a peer. Entered by `link N`.',
  line: 'The shells that are connected. Entered by `line vty`.',
};

const HEAD = `# Commands

<!-- Made from the grammar by \`npm run docs\`; a test checks that it is current. Change the grammar, not this file. -->

Every command of the shell and of the configuration file. At the prompt \`?\` says the same for the place where the
cursor is, and TAB completes. Keywords may be abbreviated as long as they stay unambiguous, and their case does not
matter. In a configuration mode:

- a command that the mode does not know is looked for in the modes around it, and acts there;
- \`do\` runs a command of exec mode;
- \`no\` undoes a command, or goes back to the default;
- a line that begins with \`!\` is a comment.

A line that is refused has changed nothing. *Readers* are the members of the group \`sennit\`, *admins* root and the
members of \`sennit-admin\`; what is not marked is for admins.

In the syntax \`[…]\` may be left out and \`{… | …}\` is a choice.
`;

const REGEX = `What a command of exec mode prints can be filtered, also several times: \`show links | include up|down | count\`. A
bar begins the next filter if there is a space before it. The shell filters, not the daemon: a file is written as the
user who asked, on the host where the shell runs; a new file is that user's alone (mode 600). \`json\` comes first, where
the command has data ([json.md](json.md)), \`redirect\` last.

Regular expressions: \`.\` \`[a-z]\` \`[^a-z]\` \`*\` \`+\` \`?\` \`{2,5}\` \`(…)\` \`|\` \`^\` \`$\` \`\\d\` \`\\w\` \`\\s\` \`\\b\`, and \`\\\`
before any other sign. They take time in proportion to the text, whatever they are; what was matched before (\`\\1\`) can't
be asked for. Spaces at the end don't count: \`[ ]\` is one that does.
`;

/** The whole document. */
export function cliReference(): string {
  const modes = Object.values(tree).map(modeSection);
  const forms = rows(parameters);
  return `${[HEAD, '## Parameters\n', forms, ...modes, '## Filters\n', REGEX, ...filters.map((one) => section(one))].join('\n')}\n`;
}

function modeSection(mode: ModeSpec): string {
  const prompt = mode.prompt === null ? 'host#' : `host(${mode.prompt})#`;
  const commands = mode.commands.filter(({ hidden }) => hidden !== true);
  const sections = commands.map((command) => section(command, mode.name));
  return [`## ${mode.name}: \`${prompt}\`\n\n${MODES[mode.name]}\n`, ...sections].join('\n');
}

function section(command: Command, mode?: ModeName): string {
  const { syntax, name, meaning, entries, no } = described(command);
  const notes = mode === undefined ? [] : notesOf(command, mode);
  if (no !== null) notes.push(`Undone by \`${no}\`.`);
  const parts = [
    `### ${name}\n`,
    `    ${syntax}\n`,
    `${sentence(meaning)}${notes.map((note) => ` ${note}`).join('')}\n`,
  ];
  return [...parts, ...(entries.length === 0 ? [] : [rows(entries)])].join('\n');
}

function notesOf(command: Command, mode: ModeName): string[] {
  const notes: string[] = [];
  if (mode === 'exec' && isFor('reader', command)) notes.push('For readers, too.');
  if (command.json === true) notes.push('Has JSON.');
  if (mode === 'exec' && !isPipeable(mode, command, false)) notes.push("Can't be filtered.");
  if (command.enters !== undefined) notes.push(`Enters the mode ${command.enters.mode}.`);
  return notes;
}

function sentence(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}

function rows(entries: readonly Entry[]): string {
  return `${entries.map(({ label, help }) => `- \`${label}\`: ${help}`).join('\n')}\n`;
}
