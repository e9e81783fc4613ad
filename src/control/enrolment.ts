/** What the command line asks of a daemon to bring hosts together, and what it answers: plain data. */

export interface InviteOptions {
  /** The name that the peer gets here. */
  peer: string;
  /** Host id and address (`A/P`) for the joiner; null: the daemon chooses. */
  id: number | null;
  address: string | null;
  /** Until the invitation expires. */
  seconds: number;
}

export interface Issued {
  /** The string for `join`. It holds the one-time secret: never log it. */
  invitation: string;
  peer: string;
  id: number;
  address: string | null;
  /** RFC 3339. */
  expires: string;
  /** Our endpoints, by link. */
  links: { link: number; address: string; port: number }[];
}

export interface InvitationStatus {
  peer: string;
  id: number;
  address: string | null;
  state: 'open' | 'used' | 'expired' | 'withdrawn';
  /** Null unless it is open. */
  expiresInSeconds: number | null;
}

export interface Joined {
  network: string;
  /** This host's id. */
  id: number;
  /** The inviter's name here. */
  peer: string;
  /** A session and a link came up within the time that was waited for them. */
  connected: boolean;
  /** Addresses of the inviter that are not used, and why. */
  leftOut: string[];
}
