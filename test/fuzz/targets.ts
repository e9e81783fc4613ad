/** Every target, in the order in which they run. A new one: a file in targets/, and a line here. */

import type { Target } from './target.js';
import { commandLine } from './targets/command-line.js';
import { configuration } from './targets/configuration.js';
import { fragments } from './targets/fragments.js';
import { handshake } from './targets/handshake.js';
import { handshakeInsider } from './targets/handshake-insider.js';
import { handshakeLoaded } from './targets/handshake-loaded.js';
import { invitation } from './targets/invitation.js';
import { join } from './targets/join.js';
import { keyFiles } from './targets/key-files.js';
import { lines } from './targets/lines.js';
import { netlink } from './targets/netlink.js';
import { plaintext } from './targets/plaintext.js';
import { rpc } from './targets/rpc.js';
import { tapFrames } from './targets/tap-frames.js';
import { transport } from './targets/transport.js';

export const targets: readonly Target[] = [
  handshake,
  handshakeInsider,
  handshakeLoaded,
  join,
  invitation,
  transport,
  plaintext,
  fragments,
  tapFrames,
  lines,
  commandLine,
  configuration,
  rpc,
  netlink,
  keyFiles,
];
