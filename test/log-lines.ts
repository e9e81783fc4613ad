/** Reads lines of the log back, and checks that they are what docs/events.md says. */
import assert from 'node:assert/strict';
import { FIELDS, type FieldName } from '../src/log/event-fields.js';
import { EVENTS, type EventSpec } from '../src/log/events.js';

/** The pairs of a line in logfmt; a value in quotes is JSON. */
export function readLogfmt(line: string): Record<string, string> {
  const pairs = [...line.matchAll(/([\w-]+)=("(?:[^"\\]|\\.)*"|\S*)(?: |$)/g)];
  assert.equal(pairs.map(([text]) => text).join(''), line, 'it is not made of key=value');
  return Object.fromEntries(
    pairs.map(([, key, value = '']) => [key, value.startsWith('"') ? JSON.parse(value) : value]),
  );
}

/** That a line has an event of the table, at a level that it may have, and its fields and no others. */
export function mustBeDocumented(pairs: Readonly<Record<string, unknown>>): void {
  const { time, level, event, ...fields } = pairs;
  const shown = JSON.stringify(pairs);
  assert.ok(time === undefined || new Date(String(time)).toISOString() === time, shown);
  const spec = (EVENTS as Readonly<Record<string, EventSpec>>)[String(event)];
  assert.ok(spec !== undefined, `no such event: ${shown}`);
  assert.ok((spec.levels as readonly unknown[]).includes(level), `not at this level: ${shown}`);
  for (const field of spec.fields) assert.ok(field in fields, `without ${field}: ${shown}`);
  if (spec.open === true) return;
  const known: readonly string[] = [...spec.fields, ...(spec.sometimes ?? [])];
  for (const [field, value] of Object.entries(fields)) {
    assert.ok(known.includes(field), `${field} is not documented: ${shown}`);
    const { type } = FIELDS[field as FieldName];
    const said = String(value);
    if (type === 'number') assert.ok(Number.isFinite(Number(said)) && said !== '', `${field} is no number: ${shown}`);
    if (type === 'boolean') assert.ok(said === 'true' || said === 'false', `${field} is neither: ${shown}`);
  }
}

/** The same for all lines of a daemon in logfmt; what else stands on its standard error is not looked at. */
export function mustAllBeDocumented(log: string): void {
  for (const line of log.split('\n')) if (line.startsWith('time=')) mustBeDocumented(readLogfmt(line));
}
