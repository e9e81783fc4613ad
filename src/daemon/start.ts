#!/usr/bin/env node
/** Where `sennitd` begins: gives up what it will never need, then runs the daemon. */
import {
  CAP_CHOWN,
  CAP_DAC_OVERRIDE,
  CAP_FOWNER,
  CAP_NET_ADMIN,
  CAP_NET_BIND_SERVICE,
  CAP_NET_RAW,
  CAP_SETGID,
  CAP_SETPCAP,
  CAP_SETUID,
  CAP_SYS_NICE,
  setOf,
} from '../io/capabilities.js';
import { confine } from '../io/privileges.js';
import { LaneClient } from './lane-client.js';

/** Interfaces and sockets; files of others; the lane's priority. */
const ALWAYS = [
  ...[CAP_NET_ADMIN, CAP_NET_RAW, CAP_NET_BIND_SERVICE],
  ...[CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_CHOWN],
  CAP_SYS_NICE,
];
/** To become another user, and to give up the rest then. */
const FOR_USER = [CAP_SETUID, CAP_SETGID, CAP_SETPCAP];

const changesUser = process.argv.some((word) => word.startsWith('--user'));
confine(setOf(...ALWAYS, ...(changesUser ? FOR_USER : [])));
// Else this signal, which any process of the same user may send, makes Node open a debugger's port.
process.on('SIGUSR1', () => {});
// The lane's thread starts while this one reads the rest of the program.
if (!process.argv.some((word) => /^--(check|version|help)/.test(word))) LaneClient.prepare();
await import('./main.js');
