/** `show invitations`. The secrets are never printed again. */
import type { InvitationStatus } from '../../control/enrolment.js';
import { duration } from './quantity.js';
import { ordered, table } from './table.js';

const KEYS = ['peer', 'id', 'address', 'state', 'expiresInSeconds'] as const;

/** In the order in which they were made. */
export function invitationsData(invitations: readonly InvitationStatus[]): InvitationStatus[] {
  return invitations.map((invitation) => ordered(invitation, KEYS));
}

export function invitationsText(invitations: readonly InvitationStatus[]): string {
  if (invitations.length === 0) return "There are no invitations: 'invite PEER' makes one.";
  return table<InvitationStatus>(
    [
      { title: 'Peer', cell: ({ peer }) => peer, least: 12 },
      { title: 'Id', cell: ({ id }) => id, align: 'right' },
      { title: 'Address', cell: ({ address }) => address, least: 18 },
      { title: 'State', cell: ({ state }) => state },
      {
        title: 'Expires in',
        cell: ({ expiresInSeconds }) => (expiresInSeconds === null ? null : duration(expiresInSeconds * 1000)),
        align: 'right',
      },
    ],
    invitations,
  );
}
