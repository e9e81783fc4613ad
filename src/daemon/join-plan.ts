/** What the joiner's configuration becomes by an invitation: worked out, nothing done. */
import { type Config, DEFAULTS, newInterface, newPeer, newPeerLink } from '../config/model.js';
import { EngineError } from '../control/engine.js';
import type { InvitationContent } from './invitation-string.js';
import { INTERFACE } from './invite-plan.js';
import type { JoinWay } from './join-sockets.js';

export interface JoinPlan {
  config: Config;
  /** The inviter's name here. */
  peer: string;
}

/**
 * What speaks against joining, before anything is asked.
 * @throws EngineError
 */
export function mayJoin(running: Config, ownKey: string | null, invitation: InvitationContent): void {
  const key = Buffer.from(invitation.publicKey).toString('base64');
  if (key === ownKey) throw new EngineError("this is this host's own invitation: 'join' belongs on the other host");
  const tap = running.interface;
  // Without an interface nobody relies on what was left at its default.
  const isSet = (value: string, unset: string): boolean => tap !== null || value !== unset;
  if (running.network !== invitation.network && isSet(running.network, DEFAULTS.network))
    throw new EngineError(
      `the invitation is for network ${invitation.network}, this host is in network ${running.network}: a daemon has one network`,
    );
  if (running.cipher !== invitation.cipher && isSet(running.cipher, DEFAULTS.cipher))
    throw new EngineError(
      `the invitation's network uses ${invitation.cipher}, this host ${running.cipher}: they must agree`,
    );
  if (tap === null) return;
  for (const { name, id, publicKey } of tap.peers.values()) {
    if (publicKey === key) throw new EngineError(`the inviter is a peer of this host already: ${name}`);
    if (id === invitation.hostId)
      throw new EngineError(`the inviter has host id ${id}, and so has peer ${name} here: one of them must change it`);
  }
  if (tap.hostId === invitation.hostId)
    throw new EngineError(`the inviter has this host's own id ${tap.hostId}: every host needs an id of its own`);
}

/** Adds the inviter as a peer over `ways`, and to a host that has no interface yet what else it needs. */
export function planJoin(running: Config, invitation: InvitationContent, ways: readonly JoinWay[]): JoinPlan {
  const config = structuredClone(running);
  if (config.interface === null) {
    config.network = invitation.network;
    config.cipher = invitation.cipher;
    config.interface = newInterface(INTERFACE);
    if (invitation.address !== null) config.interface.addresses = [invitation.address];
  }
  const tap = config.interface;
  tap.hostId ??= invitation.joinerId;
  const peer = newPeer(freeName(tap.peers, invitation), invitation.hostId);
  peer.publicKey = Buffer.from(invitation.publicKey).toString('base64');
  for (const { link, local } of ways) {
    const remote = invitation.links.find((one) => one.link === link);
    if (remote === undefined) continue;
    if (!tap.localLinks.has(link)) tap.localLinks.set(link, { ...local, device: null });
    peer.links.set(link, { ...newPeerLink(), endpoint: { address: remote.address, port: remote.port } });
  }
  tap.peers.set(peer.name, peer);
  return { config, peer: peer.name };
}

/** Two hosts may call themselves the same. */
function freeName(taken: ReadonlyMap<string, unknown>, { name, hostId }: InvitationContent): string {
  if (!taken.has(name)) return name;
  const numbered = `${name.slice(0, 26)}-${hostId}`;
  if (taken.has(numbered)) throw new EngineError(`there are peers ${name} and ${numbered} already: rename one of them`);
  return numbered;
}
