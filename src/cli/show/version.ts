/** `show version`. */
import type { VersionInfo } from '../../control/engine.js';
import { duration } from './quantity.js';
import { fields, ordered } from './table.js';

const KEYS = ['version', 'node', 'openssl', 'kernel', 'uptimeSeconds', 'pid', 'cipher'] as const;

export function versionData(info: VersionInfo): VersionInfo {
  return ordered(info, KEYS);
}

export function versionText(info: VersionInfo): string {
  return fields([
    ['Sennit', info.version],
    ['Node', info.node],
    ['OpenSSL', info.openssl],
    ['Kernel', info.kernel],
    ['Uptime', duration(info.uptimeSeconds * 1000)],
    ['Process', info.pid],
    ['Cipher', info.cipher],
  ]);
}
