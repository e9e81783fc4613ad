/** packaging/man/sennit.conf.5: the configuration file, its settings from the grammar. */
import type { Command, ModeName } from '../cli/grammar/token.js';
import { tree } from '../cli/grammar/tree.js';
import { example, plain, request, tagged } from './roff.js';
import type { Entry } from './syntax.js';
import { described } from './syntax.js';

/** Of the modes that a file can have, the title of a section. */
const TITLES: Readonly<Record<Exclude<ModeName, 'exec'>, string>> = {
  configure: 'Host and network',
  interface: 'Interface',
  peer: 'Peer',
  'peer-link': 'Link of a peer',
  line: 'Shells',
};

/** Commands that no file needs: they move between modes or run something. */
const NOT_SETTINGS: ReadonlySet<string> = new Set(['do', 'exit', 'quit', 'end']);

/** A whole configuration. */
export const EXAMPLE = [
  'hostname amber',
  'network lab',
  'crypto key file /etc/sennit/private.key',
  '!',
  'interface sennit0',
  ' host-id 1',
  ' ip address 10.10.0.1/24',
  ' local link 0 address 192.0.2.1 port 20700',
  ' local link 1 address 198.51.100.1 port 20700 device eth1',
  ' !',
  ' peer basalt id 2',
  '  public-key QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=',
  '  link 0',
  '   address 192.0.2.2',
  '  link 1',
  '   address 198.51.100.2',
  '   priority 50',
];

export function configurationPage(): string {
  const lines = [
    '.\\" Made from the grammar by: npm run docs. Change src/manual or the grammar, not this file.',
    '.TH SENNIT.CONF 5 "" "Sennit" "File formats"',
    '.SH NAME',
    'sennit.conf \\- configuration of the Sennit daemon',
    '.SH SYNOPSIS',
    '.B /etc/sennit/sennit.conf',
    '.SH DESCRIPTION',
    plain('The file is made of the commands of configuration mode, one a line: what "show running-config" prints.'),
    plain('The daemon reads it at start, and "write memory" in the shell replaces it.'),
    '.PP',
    plain('A command such as "interface" begins a block: what follows is about it. A line that the block does not'),
    plain('know ends it, if one of the blocks around knows it; "exit" ends it, too. Indentation is free. A line that'),
    plain('begins with "!" is a comment. Keywords may be abbreviated as long as they stay unambiguous. "no" before a'),
    plain('command undoes it. What is not given has its default.'),
    '.PP',
    plain('A file with an error is refused as a whole, and the daemon does not start; "sennitd --check FILE" reads'),
    plain('one and says what is wrong, with line and column. UTF-8.'),
    ...(Object.keys(TITLES) as (keyof typeof TITLES)[]).flatMap(modeSection),
    '.SH EXAMPLE',
    ...example(EXAMPLE),
    '.SH FILES',
    ...tagged('/etc/sennit/sennit.conf', 'The configuration. It holds no secret: keys lie in files that it names.'),
    ...tagged('/etc/sennit/private.key', "This host's private key, in base64, mode 600."),
    '.SH SEE ALSO',
    '.BR sennit (1),',
    '.BR sennitd (8)',
  ];
  return `${lines.join('\n')}\n`;
}

function modeSection(mode: keyof typeof TITLES): string[] {
  const settings = tree[mode].commands.filter(({ id, hidden }) => hidden !== true && !NOT_SETTINGS.has(id));
  return [request('SH', TITLES[mode].toUpperCase()), ...settings.flatMap(setting)];
}

function setting(command: Command): string[] {
  const { syntax, meaning, entries } = described(command);
  return [...tagged(syntax, /[.?!]$/.test(meaning) ? meaning : `${meaning}.`), ...entryLines(entries)];
}

function entryLines(entries: readonly Entry[]): string[] {
  if (entries.length === 0) return [];
  return ['.RS', ...entries.flatMap(({ label, help }) => tagged(label, help)), '.RE'];
}
