/** `show sessions`. */
import type { SessionStatus } from '../../control/sessions.js';
import { duration, short } from './quantity.js';
import { ordered, table } from './table.js';

const KEYS = [
  'peer',
  'id',
  'state',
  'role',
  'ageMs',
  'rekeyInMs',
  'expiresInMs',
  'held',
  'handshakes',
  'tries',
] as const;

/** Of one peer or of all, sorted by host id. */
export function sessionsData(sessions: readonly SessionStatus[], peer: string | null): SessionStatus[] {
  return sessions
    .filter((session) => peer === null || session.peer === peer)
    .sort((a, b) => a.id - b.id)
    .map((session) => ordered(session, KEYS));
}

const time = (ms: number | null): string | null => (ms === null ? null : duration(ms));

export function sessionsText(sessions: readonly SessionStatus[]): string {
  if (sessions.length === 0) return 'No peers are configured.';
  return table<SessionStatus>(
    [
      { title: 'Peer', cell: ({ peer }) => peer, least: 12 },
      { title: 'Id', cell: ({ id }) => id, align: 'right' },
      { title: 'State', cell: ({ state }) => state },
      { title: 'Role', cell: ({ role }) => role },
      { title: 'Age', cell: ({ ageMs }) => time(ageMs), align: 'right' },
      { title: 'Rekey', cell: ({ rekeyInMs }) => time(rekeyInMs), align: 'right' },
      { title: 'Ends', cell: ({ expiresInMs }) => time(expiresInMs), align: 'right', spare: true },
      { title: 'Held', cell: ({ held }) => held, align: 'right' },
      { title: 'Done', cell: ({ handshakes }) => short(handshakes), align: 'right' },
      { title: 'Tries', cell: ({ tries }) => tries, align: 'right' },
    ],
    sessions,
  );
}
