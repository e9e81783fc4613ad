/**
 * The typed model of a configuration: what the grammar fills, `diff` compares, `render` prints and
 * the daemon runs. Every field is present; a field that was not set holds its default, so two models
 * are equal exactly when they print the same.
 */

import type { Cipher } from '../core/crypto/cipher.js';
import type { Policy } from '../core/link/policy.js';

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
  /** The TAP interface; a daemon has at most one. */
  interface: InterfaceConfig | null;
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
  /** Addresses with prefix length in canonical text: IPv4 first, then IPv6, each in the order given. */
  addresses: string[];
  description: string | null;
  shutdown: boolean;
  /** Seconds until a learned MAC address that was not seen again is forgotten. */
  macAging: number;
  /** Most learned MAC addresses in all. */
  macLimit: number;
  /** By link number. */
  localLinks: Map<number, LocalLinkConfig>;
  /** By peer name. */
  peers: Map<string, PeerConfig>;
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
  /** Largest IP packet to send on this link in bytes, or the local device's MTU. */
  mtu: number | null;
  shutdown: boolean;
}

export const DEFAULTS = {
  network: 'sennit',
  cipher: 'aes-256-gcm' as Cipher,
  keyFile: '/etc/sennit/private.key',
  keyOverlap: 3600,
  port: 20700,
  macAging: 300,
  macLimit: 8192,
  policy: 'passive' as Policy,
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
    interface: null,
  };
}

export function newInterface(name: string): InterfaceConfig {
  return {
    name,
    hostId: null,
    mtu: 'auto',
    macAddress: null,
    addresses: [],
    description: null,
    shutdown: false,
    macAging: DEFAULTS.macAging,
    macLimit: DEFAULTS.macLimit,
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
    description: null,
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
    mtu: null,
    shutdown: false,
  };
}

/** True when the link's endpoint is taken from what the peer sends. */
export function followsPeer(link: Pick<PeerLinkConfig, 'endpoint' | 'dynamic'>): boolean {
  return link.dynamic || link.endpoint === null;
}
