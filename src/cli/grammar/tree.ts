/** The command tree: every mode with its commands. */
import { configureMode } from './modes/configure.js';
import { execMode } from './modes/exec.js';
import { interfaceMode } from './modes/interface.js';
import { lineMode } from './modes/line.js';
import { peerMode } from './modes/peer.js';
import { peerLinkMode } from './modes/peer-link.js';
import type { ModeName, ModeSpec } from './token.js';

export const tree: Readonly<Record<ModeName, ModeSpec>> = {
  exec: execMode,
  configure: configureMode,
  line: lineMode,
  interface: interfaceMode,
  peer: peerMode,
  'peer-link': peerLinkMode,
};

/** The mode and those around it, innermost first: where a command is looked for. */
export function modeChain(mode: ModeName): ModeSpec[] {
  const chain: ModeSpec[] = [];
  for (let name: ModeName | null = mode; name !== null; name = tree[name].parent) chain.push(tree[name]);
  return chain;
}
