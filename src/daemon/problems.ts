/** What the daemon would refuse of a configuration, found out without changing anything. */
import { diff } from '../config/diff.js';
import type { Config, LocalLinkConfig } from '../config/model.js';
import { collide } from '../config/validate.js';
import { MAX_PEERS } from '../core/limits.js';
import { interfaceInfo } from '../io/interface-setup.js';
import { whyNotTaken } from '../io/kept-tap.js';
import { close } from '../io/syscalls.js';
import { openUdp } from '../io/udp-socket.js';
import { identityOf, wipeIdentity } from './identity.js';
import { readKeyFile } from './key-files.js';

/** One message each; empty: nothing speaks against it now. It may still fail when the host changes meanwhile. */
export function problems(running: Config, next: Config): string[] {
  const peers = next.interface?.peers.size ?? 0;
  const found = peers > MAX_PEERS ? [`${peers} peers are too many: a daemon has room for ${MAX_PEERS}`] : [];
  attempt(found, () => wipeIdentity(identityOf(next)));
  for (const change of diff(running, next)) {
    switch (change.kind) {
      case 'peer-add':
      case 'peer-identity': {
        const psk = next.interface?.peers.get(change.name)?.pskFile ?? null;
        if (psk !== null) attempt(found, () => readKeyFile(psk, 'pre-shared key').fill(0));
        break;
      }
      case 'interface-create':
        nameIsFree(found, change.name, next);
        break;
      case 'interface-rename':
        nameIsFree(found, change.to, next);
        break;
      case 'local-link-set': {
        const link = next.interface?.localLinks.get(change.link);
        if (link !== undefined && !isHeld(running, link)) attempt(found, () => close(openUdp(link).fd));
      }
    }
  }
  return found;
}

/** One of our own sockets has the port: it makes room, or `validate` has spoken. */
function isHeld(running: Config, wanted: LocalLinkConfig): boolean {
  return [...(running.interface?.localLinks.values() ?? [])].some((link) => collide(link, wanted));
}

function nameIsFree(found: string[], name: string, next: Config): void {
  const present = interfaceInfo(name);
  const why = present === null ? null : whyNotTaken(name, present, next.interface?.persistent === true);
  if (why !== null) found.push(`cannot create the interface ${name}: ${why}`);
}

function attempt(found: string[], act: () => void): void {
  try {
    act();
  } catch (error) {
    found.push((error as Error).message);
  }
}
