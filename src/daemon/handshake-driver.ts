/** Runs the handshake machine on the control thread: its datagrams go through the lane, its times by timers. */
import { randomBytes } from 'node:crypto';
import { endpoint } from '../cli/grammar/address.js';
import type { Primitives } from '../core/crypto/primitives.js';
import { Handshakes } from '../core/session/handshake.js';
import type { HandshakeEvent, Refusal } from '../core/session/handshake-sink.js';
import { TYPE_COOKIE_REPLY, TYPE_INITIATION, TYPE_JOIN_REQUEST, TYPE_RESPONSE } from '../core/wire/transport.js';
import { addressOf } from '../io/udp-socket.js';
import type { Log } from '../log/log.js';
import type { DebugLog } from './debug-log.js';
import type { LaneClient } from './lane-client.js';
import type { StampStore } from './stamp-store.js';

/** The longest a Node timer can wait. */
const MAX_WAIT = 2 ** 31 - 1;

/** Refusals that an operator can do something about; the others are noise from outside, and only counted. */
const WORTH_A_LINE: ReadonlySet<Refusal> = new Set(['authentication', 'host-id', 'unknown-key', 'unproven']);
/** Events that may come again and again. */
const OFTEN: ReadonlySet<HandshakeEvent> = new Set([
  'simultaneous-open',
  'response-refused',
  'no-answer',
  'connecting',
  'peer-under-load',
]);
/** Lines that may come again and again: one a minute of each. */
const QUIET = 60_000;

const ADVICE: Partial<Record<Refusal, string>> = {
  authentication: 'network name, cipher or pre-shared key differ, or it is not who it says',
  'host-id': "the peer's host-id is not the id configured here",
  'unknown-key': 'no peer with this public key is configured',
  unproven: 'more handshakes than this host takes at once: senders have to prove their address first',
};

/** What the first byte of a message says. */
const MESSAGES: Readonly<Record<number, string>> = {
  [TYPE_INITIATION]: 'initiation',
  [TYPE_RESPONSE]: 'response',
  [TYPE_COOKIE_REPLY]: 'cookie-reply',
};

function nameOfMessage(bytes: Uint8Array): string {
  return MESSAGES[bytes[0] ?? 0] ?? 'unknown';
}

function whereabouts(record: Uint8Array): string {
  const found = addressOf(record);
  return found === null ? '' : endpoint(found.address, found.port);
}

export class HandshakeDriver {
  readonly machine: Handshakes;
  /** Datagrams refused, by reason. */
  readonly refusals = new Map<Refusal, number>();
  private timer: NodeJS.Timeout | null = null;
  /** Bounded by the events and reasons there are, times the peers. */
  private readonly lastLine = new Map<string, number>();

  constructor(
    primitives: Primitives,
    lane: LaneClient,
    private readonly log: Log,
    private readonly nameOf: (peer: number) => string,
    stamps: StampStore,
    debug: DebugLog,
  ) {
    this.machine = new Handshakes({
      primitives,
      random: (length) => new Uint8Array(randomBytes(length)),
      stamp: () => stamps.next(),
      acceptedStamp: (publicKey) => stamps.acceptedFrom(publicKey),
      sink: {
        stampAccepted: (publicKey, stamp) => stamps.accept(publicKey, stamp),
        sendOnAllLinks: (peer, bytes, except) => {
          if (debug.wants('handshake'))
            debug.tell('handshake', 'send', peer, { message: nameOfMessage(bytes), except });
          lane.post({ type: 'handshake', bytes, peer, link: 0, address: null, except });
        },
        sendReply: (link, address, bytes) => {
          if (debug.wants('handshake'))
            debug.tell('handshake', 'reply', -1, { message: nameOfMessage(bytes), link, to: whereabouts(address) });
          lane.post({ type: 'handshake', bytes, peer: -1, link, address, except: 0 });
        },
        established: (keys) => {
          lane.post({ type: 'keys', keys });
          keys.sendKey.fill(0); // the lane has a copy of its own
          keys.receiveKey.fill(0);
        },
        expired: (peer, localIndex) => lane.post({ type: 'expire-keys', peer, localIndex }),
        refused: (reason, link, address, peer) => {
          if (debug.wants('handshake'))
            debug.tell('handshake', 'refused', peer ?? -1, { reason, link, from: whereabouts(address) });
          this.refused(reason, link, address, peer);
        },
        event: (peer, event) => {
          debug.tell('handshake', event, peer, {});
          if (this.worthALine(`${event} ${peer}`, OFTEN.has(event)))
            log('info', 'handshake', { peer: nameOf(peer), step: event });
        },
      },
    });
    lane.onMessage((message) => {
      const now = performance.now();
      if (message.type === 'handshake' && message.bytes[0] === TYPE_JOIN_REQUEST) return; // enrolment.ts has it
      if (message.type === 'handshake' && debug.wants('handshake'))
        debug.tell('handshake', 'received', -1, {
          message: nameOfMessage(message.bytes),
          link: message.link,
          from: whereabouts(message.address),
        });
      if (message.type === 'handshake') this.machine.onDatagram(message.link, message.bytes, message.address, now);
      else if (message.type === 'confirmed') this.machine.confirmed(message.peer, message.localIndex);
      else if (message.type === 'handshake-needed') this.needed(message.peer, message.why, now);
      else return;
      this.schedule();
    });
  }

  /** To be called after anything was asked of the machine. */
  schedule(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const at = this.machine.nextTimeout();
    if (at === Number.POSITIVE_INFINITY) return;
    const wait = Math.min(Math.max(at - performance.now(), 0), MAX_WAIT);
    this.timer = setTimeout(() => {
      this.machine.onTimeout(performance.now());
      this.schedule();
    }, wait);
  }

  /** A way to the peer may have opened: tries at once if there is no session. */
  retry(peer: number): void {
    this.machine.connect(peer, performance.now());
    this.schedule();
  }

  close(): void {
    if (this.timer !== null) clearTimeout(this.timer);
  }

  /** A rekey makes a new session beside the present one; it never starts over what is under way. */
  private needed(peer: number, why: 'rekey' | 'silent', now: number): void {
    if (why === 'silent' && this.worthALine(`silent ${peer}`, true))
      this.log('info', 'peer-silent', { peer: this.nameOf(peer) });
    this.machine.rekey(peer, now);
  }

  private refused(reason: Refusal, link: number, address: Uint8Array, peer: number | null): void {
    this.refusals.set(reason, (this.refusals.get(reason) ?? 0) + 1);
    if (WORTH_A_LINE.has(reason) && this.worthALine(reason, true)) {
      const who = peer === null ? {} : { peer: this.nameOf(peer) };
      const where = { link, from: whereabouts(address) };
      this.log('warning', 'handshake-refused', { reason, ...who, ...where, advice: ADVICE[reason] ?? '' });
    }
  }

  /** False when such a line was written less than a minute ago. */
  private worthALine(what: string, often: boolean): boolean {
    const now = performance.now();
    if (often && now - (this.lastLine.get(what) ?? -QUIET) < QUIET) return false;
    this.lastLine.set(what, now);
    return true;
  }
}
