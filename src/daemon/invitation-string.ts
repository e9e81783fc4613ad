/**
 * What `invite` prints and `join` takes: `sennit1:` and these bytes in base64url (RFC 4648, section 5).
 * Numbers are big endian; a text or address has its length before it.
 *
 *    0  cipher (1: AES-256-GCM, 2: ChaCha20-Poly1305)      texts, each with its length u8:
 *    1  invitation id 8                                      the network's name
 *    9  one-time secret 32                                   the inviter's name
 *   41  inviter's public key 32                              the peer's name at the inviter
 *   73  expires, seconds since 1970, u32                     the joiner's address `A/P`, or nothing
 *   77  inviter's host id u16                              number of links u8, then each:
 *   79  host id proposed to the joiner u16                   number u8, port u16, length of address u8 (4 or 16), address
 *   81  (texts and links)                                  checksum: the first 4 bytes of SHA-256 over all before
 */
import { createHash } from 'node:crypto';
import { parseValue } from '../cli/grammar/value.js';
import type { Cipher } from '../config/model.js';
import { EngineError } from '../control/engine.js';
import { LINKS } from '../core/limits.js';
import { addressText, parseAddress } from '../io/netlink/address-text.js';

export interface InvitationLink {
  link: number;
  /** Canonical text. */
  address: string;
  port: number;
}

export interface InvitationContent {
  cipher: Cipher;
  id: Uint8Array;
  secret: Uint8Array;
  /** The inviter's. */
  publicKey: Uint8Array;
  /** Seconds since 1970. */
  expires: number;
  hostId: number;
  joinerId: number;
  network: string;
  /** What the inviter calls itself; a name that a peer may have. */
  name: string;
  peer: string;
  address: string | null;
  links: InvitationLink[];
}

const PREFIX = 'sennit1:';
const CIPHERS: readonly Cipher[] = ['aes-256-gcm', 'chacha20-poly1305'];
const CHECKSUM = 4;
const FIXED = 81;

export function encodeInvitation(content: InvitationContent): string {
  const fixed = Buffer.alloc(FIXED);
  fixed[0] = CIPHERS.indexOf(content.cipher) + 1;
  fixed.set(content.id, 1);
  fixed.set(content.secret, 9);
  fixed.set(content.publicKey, 41);
  fixed.writeUInt32BE(content.expires, 73);
  fixed.writeUInt16BE(content.hostId, 77);
  fixed.writeUInt16BE(content.joinerId, 79);
  const texts = [content.network, content.name, content.peer, content.address ?? ''].map(sized);
  const links = content.links.map(({ link, address, port }) => {
    const bytes = parseAddress(address)?.bytes ?? Buffer.alloc(0);
    return Buffer.concat([Buffer.of(link, port >> 8, port & 255, bytes.length), bytes]);
  });
  const body = Buffer.concat([fixed, ...texts, Buffer.of(links.length), ...links]);
  return PREFIX + Buffer.concat([body, checksum(body)]).toString('base64url');
}

function sized(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}

function checksum(body: Uint8Array): Buffer {
  return createHash('sha256').update(body).digest().subarray(0, CHECKSUM);
}

/**
 * Reads what `encodeInvitation` wrote; white space in it (a line that was broken on the way) does no harm.
 * @throws EngineError that says what is wrong with it, never what is in it
 */
export function decodeInvitation(text: string): InvitationContent {
  const given = text.replace(/\s+/g, '');
  const version = /^sennit(\d{1,3}):/.exec(given)?.[1];
  if (version === undefined) throw new EngineError("this is no invitation: 'invite PEER' on the other host prints one");
  if (version !== '1')
    throw new EngineError(`the invitation is of version ${version}, this host knows version 1: use the same release`);
  const digits = given.slice(PREFIX.length);
  const bytes = Buffer.from(digits, 'base64url');
  const body = bytes.subarray(0, Math.max(0, bytes.length - CHECKSUM));
  const whole = bytes.toString('base64url') === digits && checksum(body).equals(bytes.subarray(body.length));
  if (!whole) throw new EngineError('the invitation is incomplete or was altered: copy the whole line again');
  const content = new Reader(body).content();
  if (content === null) throw new EngineError('the invitation does not make sense: was it made by another program?');
  return content;
}

/** Reads the body; what is beyond its end or has no place in a configuration makes it bad. */
class Reader {
  #at = 0;
  #bad = false;

  constructor(private readonly bytes: Buffer) {}

  content(): InvitationContent | null {
    const cipher = CIPHERS[this.#number(1) - 1];
    const content = {
      id: this.#take(8),
      secret: this.#take(32),
      publicKey: this.#take(32),
      expires: this.#number(4),
      hostId: this.#number(2),
      joinerId: this.#number(2),
      network: this.#text((text) => isName(text, 63)),
      name: this.#text((text) => isName(text, 32)),
      peer: this.#text((text) => isName(text, 32)),
      address: this.#text((text) => text === '' || isPrefix(text)) || null,
      links: this.#links(),
    };
    const ids = content.hostId > 0 && content.joinerId > 0 && content.hostId !== content.joinerId;
    if (this.#bad || this.#at !== this.bytes.length || cipher === undefined || !ids) return null;
    return { cipher, ...content };
  }

  #links(): InvitationLink[] {
    const count = this.#number(1);
    const links: InvitationLink[] = [];
    if (count === 0 || count > LINKS) this.#bad = true;
    for (let i = 0; i < count && !this.#bad; i++) {
      const link = this.#number(1);
      const port = this.#number(2);
      const length = this.#number(1);
      const repeated = links.some((other) => other.link === link);
      if ((length !== 4 && length !== 16) || link >= LINKS || port === 0 || repeated) this.#bad = true;
      const bytes = this.#take(length);
      const address = this.#bad ? null : endAddress(bytes);
      if (address === null) this.#bad = true;
      else links.push({ link, address, port });
    }
    return links;
  }

  #text(fits: (text: string) => boolean): string {
    const text = Buffer.from(this.#take(this.#number(1))).toString('utf8');
    if (!fits(text)) this.#bad = true;
    return text;
  }

  #number(length: number): number {
    const bytes = this.#take(length);
    return this.#bad ? 0 : bytes.reduce((number, byte) => number * 256 + byte, 0);
  }

  /** A copy. */
  #take(length: number): Uint8Array {
    if (this.#at + length > this.bytes.length) this.#bad = true;
    const taken = new Uint8Array(this.bytes.subarray(this.#at, this.#at + length));
    this.#at += length;
    return taken;
  }
}

/** The text of an address that a link may end at; null for others (any, IPv4 in IPv6 form). */
export function endAddress(bytes: Uint8Array): string | null {
  const text = addressText(bytes);
  const parsed = parseValue({ kind: 'address' }, text);
  return 'value' in parsed && parsed.value === text && text !== '0.0.0.0' && text !== '::' ? text : null;
}

function isName(text: string, max: number): boolean {
  return 'value' in parseValue({ kind: 'name', max }, text);
}

function isPrefix(text: string): boolean {
  const parsed = parseValue({ kind: 'prefix', family: text.includes(':') ? 6 : 4 }, text);
  return 'value' in parsed && parsed.value === text;
}
