/** `show configuration sessions`, `show session diffs`, `show session-config`. */
import type { Candidate } from '../../config/candidates.js';
import { render } from '../../config/render.js';
import { diffText } from '../../config/text-diff.js';
import type { CandidateDiff, CandidateRow } from '../../control/config-sessions.js';
import type { Answer } from '../commands/command.js';
import { ordered, table } from './table.js';

const KEYS = ['name', 'user', 'begun', 'changed', 'added', 'removed', 'present', 'behind'] as const;

export function candidatesData(rows: readonly CandidateRow[]): CandidateRow[] {
  return rows.map((row) => ordered(row, KEYS));
}

export function candidatesText(rows: readonly CandidateRow[]): string {
  if (rows.length === 0) return 'No session is pending.';
  const text = table<CandidateRow>(
    [
      { title: 'Session', cell: ({ name, behind }) => `${name}${behind ? '*' : ''}` },
      { title: 'Begun by', cell: ({ user }) => user, least: 8 },
      // Month to second, UTC.
      { title: 'Changed (UTC)', cell: ({ changed }) => `${changed.slice(5, 10)} ${changed.slice(11, 19)}` },
      { title: '+', cell: ({ added }) => added, align: 'right' },
      { title: '-', cell: ({ removed }) => removed, align: 'right' },
      { title: 'In it now', cell: ({ present }) => (present.length === 0 ? null : present.join(', ')), least: 9 },
    ],
    rows,
  );
  return rows.some(({ behind }) => behind) ? `${text}\n* what runs has changed since it began` : text;
}

export function diffAnswer(diff: CandidateDiff): Answer {
  const { name, lines, conflicts } = diff;
  const told = conflicts.map((one) => `Note: others have changed it too: ${one}`);
  const text = lines.length === 0 ? `Session ${name} changes nothing.` : diffText(lines);
  return { text: [text, ...told].join('\n'), data: { session: name, lines, conflicts } };
}

export function candidateText({ config }: Candidate): string {
  return render(config).trimEnd();
}
