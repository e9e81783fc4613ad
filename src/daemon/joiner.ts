/** The joiner's side: from the string that another host printed to a peer that is connected. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endpoint } from '../cli/grammar/address.js';
import { type Config, DEFAULTS } from '../config/model.js';
import { validate } from '../config/validate.js';
import { type Engine, EngineError } from '../control/engine.js';
import type { Joined } from '../control/enrolment.js';
import type { Primitives } from '../core/crypto/primitives.js';
import { JoinAttempt } from '../core/session/enrolment.js';
import type { JoinAnswer, JoinEnd, JoinRequest } from '../core/wire/join.js';
import { parseAddress } from '../io/netlink/address-text.js';
import type { Log } from '../log/log.js';
import { change, type Keeping, ownSecret, save } from './host-change.js';
import { decodeInvitation, type InvitationContent } from './invitation-string.js';
import { mayJoin, planJoin } from './join-plan.js';
import { JoinSockets, type JoinWay } from './join-sockets.js';
import { keepPsk, removePsk } from './network-psk.js';

/** Milliseconds that the new peer is given to connect. */
const CONNECT_PATIENCE = 5000;
const POLL = 50;

export class Joiner {
  constructor(
    private readonly engine: Engine,
    private readonly primitives: Primitives,
    private readonly log: Log,
    private readonly keeping: Keeping,
  ) {}

  /**
   * Runs in the queue of changes. The string is neither logged nor in what is thrown.
   * @throws EngineError when the other host refuses or is silent, or this one can't; then nothing has changed
   *   but that a private key may have been made
   */
  async join(text: string): Promise<Joined> {
    const invitation = decodeInvitation(text);
    try {
      // What could not be taken in the end must not use the invitation up.
      this.engine.commits.mayBeSaved();
      mayJoin(this.engine.running(), this.engine.keys().publicKey, invitation);
      return await this.joinWith(invitation);
    } finally {
      invitation.secret.fill(0);
    }
  }

  private async joinWith(invitation: InvitationContent): Promise<Joined> {
    const { engine } = this;
    const { secretKey, isNew } = await ownSecret(engine);
    const configured = engine.running().interface?.localLinks ?? new Map();
    const sockets = await JoinSockets.open(invitation.links, configured, DEFAULTS.port);
    try {
      const { ways, unreachable } = sockets;
      if (ways.length === 0)
        throw new EngineError(`none of the inviter's addresses can be reached:\n  ${unreachable.join('\n  ')}`);
      const plan = planJoin(engine.running(), invitation, ways);
      refuseContradictions(engine.running(), plan.config);
      const answer = await this.ask(sockets, invitation, secretKey);
      await sockets.close(); // their ports are the links' now
      await this.take(plan.config, answer);
      this.log('info', 'joined', { network: plan.config.network, peer: plan.peer, id: answer.hostId });
      const connected = await this.waitFor(plan.peer);
      return { network: plan.config.network, id: answer.hostId, peer: plan.peer, connected, leftOut: unreachable };
    } catch (error) {
      if (!(error instanceof EngineError) || !isNew) throw error;
      const { keyFile } = engine.running();
      throw new EngineError(`${error.message}\n  nothing was changed; the new private key in ${keyFile} stays`);
    } finally {
      secretKey.fill(0);
      await sockets.close();
    }
  }

  private async ask(sockets: JoinSockets, invitation: InvitationContent, secretKey: Uint8Array): Promise<JoinAnswer> {
    const { network, cipher, publicKey } = invitation;
    const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
    const request = this.requestOver(sockets.ways);
    const identity = { secretKey, network, cipher };
    const attempt = JoinAttempt.make(this.primitives, random, invitation, publicKey, identity, request);
    if (attempt === null) throw new EngineError('the invitation holds no usable public key');
    try {
      const answer = await sockets.ask(attempt.bytes, (bytes) => attempt.read(bytes));
      if (answer === null) throw new EngineError(noAnswer(sockets, invitation));
      if (answer.status !== 'ok') throw new EngineError(refusalText(answer));
      return answer;
    } finally {
      attempt.wipe();
    }
  }

  private requestOver(ways: readonly JoinWay[]): JoinRequest {
    const running = this.engine.running();
    const ends: (JoinEnd | null)[] = [];
    for (const { link, local } of ways) {
      const address = parseAddress(local.address)?.bytes;
      if (address !== undefined) ends[link] = { address, port: local.port };
    }
    return { hostId: running.interface?.hostId ?? 0, ends, name: running.hostname ?? hostname() };
  }

  /** Makes the wished configuration the running and the saved one. */
  private async take(config: Config, { psk, hostId }: JoinAnswer): Promise<void> {
    const { engine } = this;
    const own = engine.running().interface?.hostId ?? hostId;
    if (own !== hostId)
      throw new EngineError(
        `the inviter has this host's key already, as host ${hostId}, and the host-id here is ${own}: change one of them; then join again`,
      );
    if (config.interface !== null) config.interface.hostId = hostId;
    let made: string | null = null;
    if (psk !== null) {
      const kept = keepPsk(config.pskFile, join(dirname(config.keyFile), 'network.psk'), psk);
      config.pskFile = kept.path;
      made = kept.isNew ? kept.path : null;
    } else if (config.pskFile !== null) {
      throw new EngineError(
        `the inviter's network has no pre-shared key, this host has one (${config.pskFile}): they must agree; then join again`,
      );
    }
    try {
      await change(engine, config);
    } catch (error) {
      if (made !== null) removePsk(made);
      throw error;
    }
    await save(engine, this.keeping, 'this host has joined');
  }

  private async waitFor(peer: string): Promise<boolean> {
    const until = performance.now() + CONNECT_PATIENCE;
    while (performance.now() < until) {
      if (this.engine.peers().some((status) => status.peer === peer && status.state === 'connected')) return true;
      await sleep(POLL);
    }
    return false;
  }
}

/** Before the other host is asked: afterwards the invitation would be used up. */
function refuseContradictions(running: Config, next: Config): void {
  const known = new Set(validate(running));
  const errors = validate(next).filter((error) => !known.has(error));
  if (errors.length > 0) throw new EngineError(errors.join('\n% '));
}

function refusalText({ status, reason }: JoinAnswer): string {
  switch (status) {
    case 'used':
      return 'the invitation was used already: ask for a new one';
    case 'expired':
      return 'the invitation has expired: ask for a new one';
    case 'host-id-taken':
      return `the inviter can't take this host in: ${reason}. Ask for an invitation with another id, or change this host's host-id`;
    default:
      return `the inviter refuses: ${reason}`;
  }
}

function noAnswer({ ways, unreachable }: JoinSockets, { links, expires }: InvitationContent): string {
  const asked = links.filter(({ link }) => ways.some((way) => way.link === link));
  const addresses = asked.map(({ address, port }) => endpoint(address, port)).join(', ');
  const late = expires * 1000 < Date.now() ? "; by this host's clock the invitation has expired" : '';
  const others = unreachable.map((one) => `\n  ${one}`).join('');
  return `no answer from ${addresses}: does sennitd run there, with this invitation in 'show invitations', and does a firewall let UDP through?${late}${others}`;
}
