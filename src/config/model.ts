/**
 * The typed model of a configuration: what the grammar fills, `diff` compares, `render` prints and
 * the daemon runs. Every field is present; a field that was not set holds its default, so two models
 * are equal exactly when they print the same.
 */

import type { Cipher } from '../core/crypto/cipher.js';
import type { Policy } from '../core/link/policy.js';
import type { LogFormat } from '../log/format.js';
import type { Level } from '../log/log.js';

/** Link numbers are 0 to MAX_LINKS - 1. */
export { LINKS as MAX_LINKS } from '../core/limits.js';
export type { Cipher, Policy };

export interface Config {
  hostname: string | null;
  /** Network name: part of the prologue, hosts of different networks never talk. */
  network: string;
  cipher: Cipher;
  /** Path of this host's private key (base64 in one line, mode 0600). */
  keyFile: string;
  /** Path of the network's pre-shared key (base64, 32 bytes, mode 0600), or none. */
  pskFile: string | null;
  /** Seconds for which a key that was replaced is accepted beside the new one, 0 to 86400. */
  keyOverlap: number;
  /** Where metrics are served over HTTP; null: nowhere. */
  metrics: ListenConfig | null;
  logging: LoggingConfig;
  /** Minutes without a line after which a shell is ended, 0 to 35791 (as IOS has it); 0: never. */
  vtyTimeout: number;
  /** The TAP interface; a daemon has at most one. */
  interface: InterfaceConfig | null;
}

export interface ListenConfig {
  /** IPv4 or IPv6 address in canonical text; `0.0.0.0` or `::` for any. */
  address: string;
  /** TCP port. */
  port: number;
}

export interface LoggingConfig {
  format: LogFormat;
  /** The least that is written; shells see everything. */
  level: Level;
  /** Full path, ends with `.log`; null: standard error. */
  file: string | null;
}

export interface InterfaceConfig {
  /** Kernel name, 1 to 15 bytes. */
  name: string;
  /** This host's id, 1 to 65535. */
  hostId: number | null;
  /** TAP MTU in bytes (576 to 9000), or what fits one datagram on every link. */
  mtu: 'auto' | number;
  /** `aa:bb:cc:dd:ee:ff`, or one that follows from host id and network. */
  macAddress: string | null;
  /** Name of the bridge that it belongs to; null: none that the daemon knows of. */
  bridge: string | null;
  /** Addresses with prefix length in canonical text: IPv4 first, then IPv6, each in the order given. */
  addresses: string[];
  description: string | null;
  shutdown: boolean;
  /** It outlives the daemon, with its addresses, routes and bridge, and is taken over by the next one. */
  persistent: boolean;
  /** Seconds until a learned MAC address that was not seen again is forgotten. */
  macAging: number;
  /** Most learned MAC addresses in all. */
  macLimit: number;
  /** When an address that moves between peers is held; null: never. */
  moveLimit: MoveLimitConfig | null;
  /** Frames a second that pass of each kind, from the TAP and from each peer; null: no bound. */
  stormBroadcast: number | null;
  stormMulticast: number | null;
  stormUnknownUnicast: number | null;
  /** By link number. */
  localLinks: Map<number, LocalLinkConfig>;
  /** By peer name. */
  peers: Map<string, PeerConfig>;
}

export interface MoveLimitConfig {
  /** Most moves within the window, 1 to 1000. */
  moves: number;
  /** The window, 1 to 3600. */
  seconds: number;
  /** Seconds that the address is held then, 1 to 86400. */
  holdOff: number;
}

export interface LocalLinkConfig {
  /** IPv4 or IPv6 address in canonical text; `0.0.0.0` or `::` for any. */
  address: string;
  port: number;
  /** Bind to this device (SO_BINDTODEVICE), or none. */
  device: string | null;
}

export interface PeerConfig {
  name: string;
  /** The peer's host id, 1 to 65535. */
  id: number;
  /** X25519 public key, base64 of 32 bytes. Without it the peer can't be reached. */
  publicKey: string | null;
  pskFile: string | null;
  policy: Policy;
  description: string | null;
  /** The only source addresses it may use, `aa:bb:cc:dd:ee:ff`, sorted, at most 256; empty: any. */
  permitMacs: string[];
  /** The only VLANs it may use, in canonical text such as `untagged,10,20-29`; null: any. */
  permitVlans: string | null;
  /** Mebibytes of what is sent to it that are kept until it is acknowledged, 0 to 64; 0: nothing is. */
  failoverBuffer: number;
  /** Most addresses to learn from it; null: a quarter of the interface's `macLimit`. */
  macLimit: number | null;
  shutdown: boolean;
  /** By link number. */
  links: Map<number, PeerLinkConfig>;
}

export interface PeerLinkConfig {
  /** The peer's endpoint; null: learned from the peer's authenticated datagrams. */
  endpoint: { address: string; port: number } | null;
  /**
   * True: the endpoint follows the peer's newest authenticated datagram. A link with a null endpoint does
   * so whatever this says: ask `followsPeer`.
   */
  dynamic: boolean;
  /** 0 to 255, higher wins (policy passive). */
  priority: number;
  /** 1 to 255, share of the traffic (policy round-robin). */
  weight: number;
  /** Milliseconds between pings, 10 to 60000. */
  interval: number;
  /** Milliseconds of silence after which the link is down, 10 to 600000, more than `interval`. */
  hold: number;
  /** Pongs in a row that bring the link up, 1 to 255. */
  pongCount: number;
  description: string | null;
  /** Largest IP packet to send on this link in bytes, or the local device's MTU. */
  mtu: number | null;
  shutdown: boolean;
}

export const DEFAULTS = {
  network: 'sennit',
  cipher: 'aes-256-gcm' as Cipher,
  keyFile: '/etc/sennit/private.key',
  keyOverlap: 3600,
  vtyTimeout: 0,
  logging: { format: 'logfmt', level: 'debug', file: null } as LoggingConfig,
  port: 20700,
  macAging: 300,
  macLimit: 8192,
  /** Moves and window of RFC 7432, 15.1; its hold, until an operator looks, would be too long for what is the default. */
  moveLimit: { moves: 5, seconds: 180, holdOff: 60 },
  policy: 'passive' as Policy,
  failoverBuffer: 16,
  priority: 100,
  weight: 1,
  interval: 100,
  hold: 500,
  pongCount: 3,
} as const;

/** An empty configuration: what a daemon without a file runs. */
export function emptyConfig(): Config {
  return {
    hostname: null,
    network: DEFAULTS.network,
    cipher: DEFAULTS.cipher,
    keyFile: DEFAULTS.keyFile,
    pskFile: null,
    keyOverlap: DEFAULTS.keyOverlap,
    vtyTimeout: DEFAULTS.vtyTimeout,
    metrics: null,
    logging: { ...DEFAULTS.logging },
    interface: null,
  };
}

export function newInterface(name: string): InterfaceConfig {
  return {
    name,
    hostId: null,
    mtu: 'auto',
    macAddress: null,
    bridge: null,
    addresses: [],
    description: null,
    shutdown: false,
    persistent: false,
    macAging: DEFAULTS.macAging,
    macLimit: DEFAULTS.macLimit,
    moveLimit: { ...DEFAULTS.moveLimit },
    stormBroadcast: null,
    stormMulticast: null,
    stormUnknownUnicast: null,
    localLinks: new Map(),
    peers: new Map(),
  };
}

export function newPeer(name: string, id: number): PeerConfig {
  return {
    name,
    id,
    publicKey: null,
    pskFile: null,
    policy: DEFAULTS.policy,
    failoverBuffer: DEFAULTS.failoverBuffer,
    description: null,
    permitMacs: [],
    permitVlans: null,
    macLimit: null,
    shutdown: false,
    links: new Map(),
  };
}

export function newPeerLink(): PeerLinkConfig {
  return {
    endpoint: null,
    dynamic: false,
    priority: DEFAULTS.priority,
    weight: DEFAULTS.weight,
    interval: DEFAULTS.interval,
    hold: DEFAULTS.hold,
    pongCount: DEFAULTS.pongCount,
    description: null,
    mtu: null,
    shutdown: false,
  };
}

/** True when the link's endpoint is taken from what the peer sends. */
export function followsPeer(link: Pick<PeerLinkConfig, 'endpoint' | 'dynamic'>): boolean {
  return link.dynamic || link.endpoint === null;
}
