/**
 * Sends the initiations of this host: over every link of the peer, with mac2 on those links for which the peer
 * gave a cookie; and takes those cookies.
 */
import type { Primitives } from '../crypto/primitives.js';
import { LINKS } from '../limits.js';
import { decodeCookieReply } from '../wire/handshake.js';
import type { Arrival } from './arrival.js';
import { openCookieReply, withMac2 } from './cookies.js';
import type { HandshakeSink, Refusal } from './handshake-sink.js';
import type { PeerHandshake } from './peer-handshake.js';
import type { PeerTable } from './peer-table.js';

const ALL_LINKS = (1 << LINKS) - 1;

export class InitiationSender {
  constructor(
    private readonly primitives: Primitives,
    private readonly sink: HandshakeSink,
  ) {}

  /** Sends the initiation that waits for its response, if there is one, over all links. */
  send(state: PeerHandshake, now: number): void {
    if (!state.pending) return;
    let proved = 0;
    for (let link = 0; link < LINKS; link++) if (this.sendProved(state, link, now)) proved |= 1 << link;
    if (proved !== ALL_LINKS) this.sink.sendOnAllLinks(state.peer, state.pending.bytes, proved);
  }

  /** Sends it once more to where the peer's own initiation came from. */
  sendBack(state: PeerHandshake, link: number, address: Uint8Array, now: number): void {
    if (!state.pending) return;
    const cookie = state.cookies.get(link, now);
    const { bytes } = state.pending;
    this.sink.sendReply(link, address, cookie ? withMac2(this.primitives, cookie, bytes) : bytes);
  }

  /**
   * Takes a cookie reply and does what it asks for, at once, but once for each link and initiation: so it can't
   * be made to send more than one more datagram by whoever sends the reply again.
   */
  takeCookie(peers: PeerTable, arrival: Arrival): Refusal | 'ok' {
    const { link, bytes, now } = arrival;
    const { receiver } = decodeCookieReply(bytes);
    const state = peers.withIndex(receiver);
    const pending = state?.pending;
    if (!state || !pending || pending.localIndex !== receiver) return 'unknown-index';
    arrival.peer = state.peer;
    if (!state.takeAnswer(link)) return 'rate';
    const cookie = openCookieReply(this.primitives, pending.publicKey, pending.bytes, bytes);
    if (cookie === null) return 'cookie-reply';
    state.cookies.put(link, cookie, now);
    if ((state.provedLinks & (1 << link)) !== 0) return 'ok';
    state.provedLinks |= 1 << link;
    this.sink.event?.(state.peer, 'peer-under-load');
    this.sendProved(state, link, now);
    return 'ok';
  }

  /** Sends it over one link with mac2; false without a cookie for that link. */
  private sendProved(state: PeerHandshake, link: number, now: number): boolean {
    const cookie = state.cookies.get(link, now);
    if (!cookie || !state.pending) return false;
    const bytes = withMac2(this.primitives, cookie, state.pending.bytes);
    this.sink.sendOnAllLinks(state.peer, bytes, ALL_LINKS & ~(1 << link));
    return true;
  }
}
