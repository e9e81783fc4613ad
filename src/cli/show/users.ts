/** `show users` and `who`. */
import type { ShellStatus } from '../../control/shells.js';
import { duration } from './quantity.js';
import { ordered, table } from './table.js';

const KEYS = ['line', 'user', 'uid', 'pid', 'role', 'mode', 'since', 'idleSeconds', 'monitor'] as const;

export type UserRow = ShellStatus & {
  /** The shell that asks. */
  self: boolean;
};

/** By line. */
export function usersData(shells: readonly ShellStatus[], self: number): UserRow[] {
  return shells.map((one) => ({ ...ordered(one, KEYS), self: one.line === self }));
}

export function usersText(rows: readonly UserRow[]): string {
  return table<UserRow>(
    [
      { title: 'Line', cell: ({ line, self }) => `${self ? '*' : ' '}${line}`, align: 'right' },
      { title: 'User', cell: ({ user }) => user },
      { title: 'Role', cell: ({ role }) => role },
      { title: 'Mode', cell: ({ mode }) => mode },
      // Month to second, UTC.
      { title: 'Since (UTC)', cell: ({ since }) => `${since.slice(5, 10)} ${since.slice(11, 19)}` },
      { title: 'Idle', cell: ({ idleSeconds }) => duration(idleSeconds * 1000), align: 'right' },
      { title: 'Log', cell: ({ monitor }) => (monitor ? 'yes' : null) },
      { title: 'PID', cell: ({ pid }) => pid, align: 'right' },
    ],
    rows,
  );
}
