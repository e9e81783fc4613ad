/** What the inviter's configuration becomes when a joiner is let in: worked out, nothing done. */
import { addressFamily } from '../cli/grammar/address.js';
import { type Config, newPeer, newPeerLink } from '../config/model.js';
import type { Admission } from '../core/session/invitations.js';
import type { JoinAnswer } from '../core/wire/join.js';
import { endAddress } from './invitation-string.js';

/** Which link a copy of the request came over, and from which address. */
export type Ways = ReadonlyMap<number, { readonly address: string }>;

export type Plan = { readonly config: Config } | { readonly refusal: JoinAnswer };

/**
 * The configuration with the joiner as a peer. Its end of a link is configured where the request came from
 * the address that the joiner gave: elsewhere there is a translator between, or nothing is known yet, and
 * the link learns the address from the peer's datagrams.
 */
export function planAdmission(running: Config, admission: Admission, ownKey: string | null, ways: Ways): Plan {
  const { invitation, request } = admission;
  const config = structuredClone(running);
  const tap = config.interface;
  if (tap === null) return refuse('refused', 'the interface there was removed');
  if (tap.peers.has(invitation.peer))
    return refuse('refused', `a peer ${invitation.peer} was configured there meanwhile`);
  const id = request.hostId === 0 ? invitation.hostId : request.hostId;
  const holder = [...tap.peers.values()].find((peer) => peer.id === id)?.name;
  if (holder !== undefined || id === tap.hostId)
    return refuse('host-id-taken', `host id ${id} is that of ${holder ?? 'the inviter itself'}`);
  const peer = newPeer(invitation.peer, id);
  peer.publicKey = Buffer.from(admission.publicKey).toString('base64');
  if (peer.publicKey === ownKey) return refuse('refused', 'this is the key of the inviter itself');
  for (const [link, local] of tap.localLinks) {
    const end = request.ends[link] ?? null;
    if (end === null) continue;
    const made = newPeerLink();
    const address = endAddress(end.address);
    const agrees = address !== null && ways.get(link)?.address === address;
    if (agrees && addressFamily(address) === addressFamily(local.address)) made.endpoint = { address, port: end.port };
    peer.links.set(link, made);
  }
  if (peer.links.size === 0) return refuse('refused', 'the hosts have no link number in common');
  tap.peers.set(peer.name, peer);
  return { config };
}

function refuse(status: 'refused' | 'host-id-taken', reason: string): Plan {
  return { refusal: { status, hostId: 0, psk: null, reason } };
}
