/**
 * What operators do with keys while the daemon runs: make, roll, enter, read again, and new sessions. What
 * changes is told to the handshakes as a change with overlap, so that no session is lost.
 */
import { existsSync } from 'node:fs';
import type { Config } from '../config/model.js';
import type { KeyStatus, PskTarget } from '../control/engine.js';
import { EngineError } from '../control/engine.js';
import type { Primitives } from '../core/crypto/primitives.js';
import type { Log } from '../log/log.js';
import type { Changes } from './changes.js';
import type { HandshakeDriver } from './handshake-driver.js';
import { createNextKey, keyFilesOf, oldFile, removeOldKey, rollHostKey } from './host-keys.js';
import { identityOf, keyStatusOf, wipeIdentity } from './identity.js';
import { createKeyFile, forgetKeyFiles, parseKey, readKeyFile, replaceKeyFile } from './key-files.js';
import type { Peers } from './peers.js';
import { Transaction } from './transaction.js';

/** Where `crypto psk generate` writes when no file is named. */
const DEFAULT_PSK_FILE = '/etc/sennit/network.psk';

/** Milliseconds until a key whose time is over is tried to be dropped again. */
const RETRY_INTERVAL = 10_000;

export interface KeyActionParts {
  readonly running: () => Config;
  readonly changes: Changes;
  readonly handshakes: HandshakeDriver;
  readonly peers: Peers;
  readonly primitives: Primitives;
  readonly log: Log;
  /** What may run again by itself: its files may not be readable any more. Null: nothing may. */
  readonly returnsTo: () => Config | null;
}

export class KeyActions {
  private timer: NodeJS.Timeout | null = null;

  constructor(private readonly parts: KeyActionParts) {}

  /** To be called when another configuration runs: forgets what it names no more, and what is too old. */
  configured(): void {
    const before = this.parts.returnsTo();
    forgetKeyFiles(new Set([...filesOf(this.config), ...(before === null ? [] : filesOf(before))]));
    this.watchOldKey();
  }

  status(): KeyStatus {
    return keyStatusOf(this.config, this.parts.primitives);
  }

  /** Makes this host's first key; returns the public one. */
  generate(): string {
    this.check();
    createKeyFile(this.config.keyFile).fill(0);
    const transaction = new Transaction();
    const names = [...(this.config.interface?.peers.keys() ?? [])];
    this.parts.changes.setIdentity(transaction, this.config, new Set(), names);
    transaction.commit();
    return this.status().publicKey ?? '';
  }

  /** Makes the key that comes next, to which this host answers from now on; returns the public one. */
  generateNext(): string {
    this.check();
    createNextKey(this.config.keyFile).fill(0);
    this.reload(false);
    return this.status().next ?? '';
  }

  /** The next key becomes the key. */
  roll(): KeyStatus {
    this.check();
    rollHostKey(this.config.keyFile, Date.now());
    this.reload(false);
    this.parts.log('info', 'key-rolled', { overlapSeconds: this.config.keyOverlap });
    return this.status();
  }

  /** @param strict a file that can't be read any more is an error */
  reload(strict: boolean): void {
    const transaction = new Transaction();
    this.parts.changes.reloadKeys(transaction, this.config, strict);
    transaction.commit();
    this.watchOldKey();
  }

  /** A new session beside the present one, with one peer or with all. */
  rekey(name: string | null): void {
    const { peers, handshakes } = this.parts;
    const names = name === null ? [...(this.config.interface?.peers.keys() ?? [])] : [name];
    for (const each of names) {
      const index = peers.indexOf(each);
      if (index !== null) handshakes.machine.rekey(index, performance.now());
      else if (name !== null)
        throw new EngineError(`peer ${name} takes no part: it is shut down, or a key or the host id is missing`);
    }
    handshakes.schedule();
  }

  /** The file that a typed pre-shared key goes to. @throws EngineError when none is configured, or none of a psk */
  pskFile({ peer, file }: PskTarget): string {
    if (file !== null) return writable(file);
    const path = peer === null ? this.config.pskFile : (this.config.interface?.peers.get(peer)?.pskFile ?? null);
    if (path !== null) return writable(path);
    const command = peer === null ? "'crypto psk file FILE'" : `'psk file FILE' of peer ${peer}`;
    throw new EngineError(
      `no file is configured: 'crypto psk enter file FILE' makes one, then ${command} in configure mode names it`,
    );
  }

  /** Writes what was typed; into a configured file it takes effect at once. Returns the path. */
  enterPsk(target: PskTarget, text: string): string {
    const path = this.pskFile(target);
    const key = parseKey(text.trim(), 'what was typed');
    try {
      if (target.file !== null) createKeyFile(path, key);
      else replaceKeyFile(path, key);
    } finally {
      key.fill(0);
    }
    if (target.file === null) this.reload(false);
    return path;
  }

  /** Writes a random pre-shared key to a new file; returns the path. */
  generatePsk(file: string | null): string {
    const path = writable(file ?? this.config.pskFile ?? DEFAULT_PSK_FILE);
    createKeyFile(path).fill(0);
    return path;
  }

  /** What is wrong with a file that will be read afterwards is said before another is changed. @throws EngineError */
  private check(): void {
    wipeIdentity(identityOf(this.config));
    for (const { shutdown, publicKey, pskFile } of this.config.interface?.peers.values() ?? [])
      if (!shutdown && publicKey !== null && pskFile !== null) readKeyFile(pskFile, 'pre-shared key').fill(0);
  }

  close(): void {
    if (this.timer !== null) clearTimeout(this.timer);
  }

  /** Forgets the old key when its time is over, and its file. */
  private watchOldKey(): void {
    this.close();
    const { keyFile } = this.config;
    const { publicKey, old } = this.status();
    if (old !== null) {
      this.timer = setTimeout(() => this.oldKeyExpired(), old.secondsLeft * 1000).unref();
      return;
    }
    if (publicKey === null || !existsSync(oldFile(keyFile))) return;
    try {
      removeOldKey(keyFile);
      this.parts.log('info', 'old-key-removed', { file: oldFile(keyFile) });
    } catch (error) {
      this.parts.log('warning', 'old-key', { error: (error as Error).message, advice: 'it does not count; remove it' });
    }
  }

  /** Another key file may be out of order just now: then this is tried again, for the old key must go. */
  private oldKeyExpired(): void {
    try {
      this.reload(false);
    } catch (error) {
      this.parts.log('warning', 'old-key', { error: (error as Error).message, advice: 'it still counts; tried again' });
      this.timer = setTimeout(() => this.oldKeyExpired(), RETRY_INTERVAL).unref();
    }
  }

  private get config(): Config {
    return this.parts.running();
  }
}

/** The key files that a configuration names. */
function filesOf({ keyFile, pskFile, interface: tap }: Config): string[] {
  const psks = [pskFile, ...[...(tap?.peers.values() ?? [])].map((peer) => peer.pskFile)];
  return [...keyFilesOf(keyFile), ...psks.filter((path) => path !== null)];
}

/**
 * Who may order this need not be root, as the daemon may be: what they type must not become any other file of the
 * host. 32 bytes in base64 can be a path in ld.so.preload.
 */
function writable(path: string): string {
  if (path.endsWith('.psk')) return path;
  throw new EngineError(`${path}: pre-shared keys are written only to files whose name ends in .psk`);
}
