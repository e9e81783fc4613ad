/** docs/events.md: every event of the log, from the table in src/log. */
import { FIELDS, type FieldName } from '../log/event-fields.js';
import { EVENTS, type EventSpec } from '../log/events.js';

const HEAD = `# Events

<!-- Made from src/log/events.ts by \`npm run docs\`; a test checks that it is current. Change the table, not this file. -->

Every event that the log of the daemon can have: its levels, what it means, the fields that it tells, and what to do.
Fields in parentheses are there if they make sense. Names of events and fields stay; others may come. How a line is
written, and where: [logging.md](logging.md).
`;

/** The whole document. */
export function eventsPage(): string {
  const events = Object.entries(EVENTS as Readonly<Record<string, EventSpec>>);
  const parts = [HEAD, ...events.map(([name, spec]) => section(name, spec)), fieldTable()];
  return parts.join('\n');
}

function section(name: string, { levels, meaning, fields, sometimes, open, todo }: EventSpec): string {
  const told = [
    ...fields.map((field) => `\`${field}\``),
    ...(sometimes ?? []).map((field) => `(\`${field}\`)`),
    ...(open === true ? ['and others'] : []),
  ];
  const lines = [`## ${name}`, '', `*${levels.join(', ')}*: ${meaning}.`];
  if (told.length > 0) lines.push('', `Fields: ${told.join(' ')}`);
  if (todo !== undefined) lines.push('', `What to do: ${todo}`);
  return `${lines.join('\n')}\n`;
}

function fieldTable(): string {
  const rows = (Object.keys(FIELDS) as FieldName[]).map((name) => {
    const { type, meaning } = FIELDS[name];
    return `| \`${name}\` | ${type} | ${meaning} |`;
  });
  const head = ['## Fields', '', 'A field means the same in every event.', '', '| Field | Type | Meaning |'];
  return `${[...head, '|-------|------|---------|', ...rows].join('\n')}\n`;
}
