/** `show archive`, `show archive N`, `show archive diff`. */
import { type DiffLine, diffText } from '../../config/text-diff.js';
import type { CommitRow, Unconfirmed } from '../../control/commits.js';
import { duration } from './quantity.js';
import { ordered, table } from './table.js';

const KEYS = ['number', 'time', 'user', 'how', 'added', 'removed', 'open'] as const;

export interface ArchiveData {
  commits: CommitRow[];
  unconfirmed: Unconfirmed | null;
  /** Why it does not outlive the daemon; null: it does. */
  notKept: string | null;
}

/** Newest first. */
export function archiveData({ commits, unconfirmed, notKept }: ArchiveData): ArchiveData {
  return { commits: commits.map((row) => ordered(row, KEYS)), unconfirmed, notKept };
}

export function archiveText({ commits, unconfirmed, notKept }: ArchiveData): string {
  const rows = table<CommitRow>(
    [
      { title: 'Ago', cell: ({ number }) => number, align: 'right' },
      // To the second, UTC.
      { title: 'Time (UTC)', cell: ({ time }) => `${time.slice(0, 10)} ${time.slice(11, 19)}` },
      { title: 'User', cell: ({ user }) => user, least: 8 },
      { title: '+', cell: ({ added }) => added, align: 'right' },
      { title: '-', cell: ({ removed }) => removed, align: 'right' },
      { title: 'By', cell: ({ how, open }) => `${how}${open ? ' (goes on)' : ''}`, least: 12 },
    ],
    commits,
  );
  const told: string[] = [];
  if (unconfirmed !== null)
    told.push(`The newest is taken back in ${duration(unconfirmed.secondsLeft * 1000)} unless 'confirm' comes`);
  if (notKept !== null) told.push(`Note: this does not outlive the daemon: ${notKept}`);
  return [rows, ...told].join('\n');
}

export function archiveDiffText(lines: readonly DiffLine[]): string {
  return lines.length === 0 ? 'They are the same.' : diffText(lines);
}
