/** The inviter's side: makes invitations, lets in who comes with one, and keeps book over restarts. */
import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { diff } from '../config/diff.js';
import { type Engine, EngineError } from '../control/engine.js';
import type { InvitationStatus, InviteOptions, Issued } from '../control/enrolment.js';
import type { Primitives } from '../core/crypto/primitives.js';
import type { JoinIdentity } from '../core/session/enrolment.js';
import type { IdentityOptions } from '../core/session/exchange.js';
import { type Admission, Invitations, isOpen, type JoinDrop } from '../core/session/invitations.js';
import type { JoinAnswer } from '../core/wire/join.js';
import { TYPE_JOIN_REQUEST } from '../core/wire/transport.js';
import { hostAddresses } from '../io/host-addresses.js';
import { addressOf } from '../io/udp-socket.js';
import type { Log } from '../log/log.js';
import { planAdmission } from './admission-plan.js';
import { change, type Keeping, ownSecret, save } from './host-change.js';
import { identityOf, wipeIdentity } from './identity.js';
import { InvitationStore } from './invitation-store.js';
import { encodeInvitation } from './invitation-string.js';
import { ownName, planInvite } from './invite-plan.js';
import { readKeyFile } from './key-files.js';
import type { LaneClient } from './lane-client.js';

/** Milliseconds for which copies of a request are gathered: each tells of one more link where it comes from. */
const GATHER = 100;
const PRUNE_INTERVAL = 3600_000;

/** A request that is being granted, and the ways its copies came: at most one for each link. */
interface Arrival {
  readonly admission: Admission;
  readonly ways: Map<number, { address: string; record: Uint8Array }>;
}

export class Inviter {
  /** Requests that were dropped, by reason. */
  readonly drops = new Map<JoinDrop, number>();
  private readonly invitations: Invitations;
  private readonly store: InvitationStore;
  /** Bounded by the invitations. */
  private readonly arrivals = new Map<Admission, Arrival>();
  private readonly pruning: NodeJS.Timeout;
  /** The key files could be read when they were needed last: that they can't is said once. */
  private able = true;

  constructor(
    private readonly engine: Engine,
    private readonly primitives: Primitives,
    private readonly lane: LaneClient,
    private readonly log: Log,
    private readonly keeping: Keeping,
  ) {
    this.store = new InvitationStore(keeping.stateDirectory);
    this.invitations = new Invitations({
      primitives,
      random: (length) => new Uint8Array(randomBytes(length)),
      identity: () => this.identity(),
      isPeer: (publicKey) => this.idOf(publicKey) !== null,
      grant: (publicKey) => this.grant(publicKey),
    });
    this.restore();
    this.pruning = setInterval(() => this.prune(), PRUNE_INTERVAL).unref();
    lane.onMessage((message) => {
      if (message.type === 'handshake' && message.bytes[0] === TYPE_JOIN_REQUEST)
        this.onRequest(message.link, message.bytes, message.address);
    });
  }

  /** Runs in the queue of changes. @throws EngineError */
  async invite(options: InviteOptions): Promise<Issued> {
    const now = Date.now();
    await this.store.save(this.invitations.all()); // if it can't be kept, nothing is begun
    const { engine } = this;
    const plan = planInvite(engine.running(), options, this.invitations.open(now), hostAddresses(), randomInt);
    const { secretKey } = await ownSecret(engine);
    const publicKey = this.primitives.x25519Base(secretKey);
    secretKey.fill(0);
    if (diff(engine.running(), plan.config).length > 0) {
      await change(engine, plan.config);
      await save(engine, this.keeping, 'what was missing for an invitation is configured');
    }
    const { peer } = options;
    const expiresAt = now + options.seconds * 1000;
    const id = new Uint8Array(randomBytes(8));
    const secret = new Uint8Array(randomBytes(32));
    const { hostId, joinerId, address, links } = plan;
    const ending = { expiresAt, state: 'open', endedAt: null, joiner: null } as const;
    if (!this.invitations.add({ id, secret, peer, hostId: joinerId, address, ...ending }, now))
      throw new EngineError("too many invitations are open: 'clear invitation PEER' takes one back");
    await this.store.save(this.invitations.all());
    const { network, cipher } = engine.running();
    const expires = Math.ceil(expiresAt / 1000);
    const name = ownName(engine.running());
    const content = { cipher, id, secret, publicKey, expires, hostId, joinerId, network, name, peer, address, links };
    this.log('info', 'invited', { peer, id: joinerId, seconds: options.seconds });
    const invitation = encodeInvitation(content);
    return { invitation, peer, id: joinerId, address, expires: new Date(expiresAt).toISOString(), links };
  }

  list(): InvitationStatus[] {
    const now = Date.now();
    return this.invitations.all().map((invitation) => {
      const { peer, hostId, address, state, expiresAt } = invitation;
      const open = isOpen(invitation, now);
      const expiresInSeconds = open ? Math.ceil((expiresAt - now) / 1000) : null;
      return { peer, id: hostId, address, state: state === 'open' && !open ? 'expired' : state, expiresInSeconds };
    });
  }

  /** Takes back the open invitation of a peer. @throws EngineError when there is none */
  async withdraw(peer: string): Promise<void> {
    if (!this.invitations.withdraw(peer, Date.now()))
      throw new EngineError(`there is no open invitation for ${peer}: see 'show invitations'`);
    await this.store.save(this.invitations.all());
  }

  close(): void {
    clearInterval(this.pruning);
  }

  private restore(): void {
    try {
      for (const invitation of this.store.load()) this.invitations.restore(invitation);
      this.prune();
    } catch (error) {
      // Without the list nobody is let in: what it held is void, and the network runs.
      this.log('error', 'invitations-lost', { error: (error as Error).message });
    }
  }

  private prune(): void {
    if (this.invitations.prune(Date.now())) void this.keep();
  }

  /** Stores the list where there is nobody to tell that it can't be. */
  private async keep(): Promise<boolean> {
    try {
      await this.store.save(this.invitations.all());
      return true;
    } catch (error) {
      this.log('error', 'invitations-not-kept', { error: (error as Error).message });
      return false;
    }
  }

  private onRequest(link: number, bytes: Uint8Array, record: Uint8Array): void {
    const verdict = this.invitations.receive(bytes, Date.now());
    switch (verdict.kind) {
      case 'drop':
        this.drops.set(verdict.reason, (this.drops.get(verdict.reason) ?? 0) + 1);
        return;
      case 'answer':
        if (verdict.status !== 'ok' && verdict.status !== 'copy')
          this.log('warning', 'join-refused', { status: verdict.status, from: addressOf(record)?.address ?? '' });
        this.send(link, record, verdict.bytes);
        return;
      case 'again':
        this.note(this.arrivals.get(verdict.admission), link, record);
        return;
      case 'admit':
        void this.admit(verdict.admission, link, record);
    }
  }

  private note(arrival: Arrival | undefined, link: number, record: Uint8Array): void {
    arrival?.ways.set(link, { address: addressOf(record)?.address ?? '', record });
  }

  /** The invitation is marked used; that is stored before anything else is done. */
  private async admit(admission: Admission, link: number, record: Uint8Array): Promise<void> {
    const arrival: Arrival = { admission, ways: new Map() };
    this.arrivals.set(admission, arrival);
    this.note(arrival, link, record);
    if (!(await this.keep())) {
      this.settle(arrival, refusal('the inviter can not keep its invitations: see its log'));
      return;
    }
    await sleep(GATHER);
    const { queue } = this.keeping;
    await queue
      .run(async () => this.settle(arrival, await this.letIn(arrival)))
      .catch((error: Error) => this.settle(arrival, refusal(error.message)));
  }

  /** Makes the joiner a peer. Never throws: what goes wrong is the answer. */
  private async letIn({ admission, ways }: Arrival): Promise<JoinAnswer> {
    const { engine } = this;
    try {
      const plan = planAdmission(engine.running(), admission, engine.keys().publicKey, ways);
      if ('refusal' in plan) return plan.refusal;
      await change(engine, plan.config);
    } catch (error) {
      return refusal((error as Error).message);
    }
    try {
      await save(engine, this.keeping, `${admission.invitation.peer} has joined`);
    } catch (error) {
      this.log('error', 'not-saved', { error: (error as Error).message, advice: "'write memory' saves" });
    }
    return this.grant(admission.publicKey);
  }

  private settle(arrival: Arrival, answer: JoinAnswer): void {
    const { admission, ways } = arrival;
    const { status, hostId, reason } = answer;
    this.arrivals.delete(admission);
    const bytes = this.invitations.settle(admission, answer);
    const { peer } = admission.invitation;
    if (status === 'ok') this.log('info', 'joined', { peer, id: hostId, host: admission.request.name });
    else {
      this.log('warning', 'join-refused', { peer, status, reason });
      void this.keep(); // it is open again
    }
    if (bytes !== null) for (const [link, { record }] of ways) this.send(link, record, bytes);
  }

  private grant(publicKey: Uint8Array): JoinAnswer {
    const hostId = this.idOf(publicKey);
    if (hostId === null) return refusal('the peer was removed there');
    const { pskFile } = this.engine.running();
    try {
      const psk = pskFile === null ? null : readKeyFile(pskFile, 'pre-shared key');
      return { status: 'ok', hostId, psk, reason: '' };
    } catch (error) {
      this.log('error', 'join-refused', { error: (error as Error).message });
      return refusal("the network's pre-shared key can't be read there");
    }
  }

  /** Null while this host has none: a file that can't be used now is no reason to end. */
  private identity(): JoinIdentity | null {
    let identity: IdentityOptions | null;
    try {
      identity = identityOf(this.engine.running());
    } catch (error) {
      if (this.able) this.log('error', 'join-not-possible', { error: (error as Error).message });
      this.able = false;
      return null;
    }
    this.able = true;
    if (identity === null) return null;
    const { secretKey, network, cipher } = identity;
    wipeIdentity({ ...identity, secretKey: new Uint8Array(0) });
    return { secretKey, network, cipher };
  }

  private idOf(publicKey: Uint8Array): number | null {
    const key = Buffer.from(publicKey).toString('base64');
    const peers = this.engine.running().interface?.peers.values() ?? [];
    for (const peer of peers) if (peer.publicKey === key) return peer.id;
    return null;
  }

  private send(link: number, address: Uint8Array, bytes: Uint8Array): void {
    this.lane.post({ type: 'handshake', bytes, peer: -1, link, address, except: 0 });
  }
}

function refusal(reason: string): JoinAnswer {
  return { status: 'refused', hostId: 0, psk: null, reason };
}
