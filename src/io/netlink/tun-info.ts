/**
 * What the kernel says of an interface's kind (IFLA_LINKINFO, linux/if_link.h): a name, and for a TUN or TAP who may
 * use it and whether it outlives the programs that do (drivers/net/tun.c, tun_fill_info; Linux 4.17 and later).
 */
import { eachAttribute } from './attributes.js';
import * as k from './constants.js';

const TYPE_TAP = 2;

export interface TunInfo {
  /** False: a TUN, which carries IP packets and no frames. */
  tap: boolean;
  /** User and group whose programs alone may use it, unless they have CAP_NET_ADMIN; null: anybody may. */
  owner: number | null;
  group: number | null;
  /** It stays when no program has it open. */
  persistent: boolean;
  multiQueue: boolean;
}

export interface KindInfo {
  /** Such as `tun`, `bridge` or `veth`; '' where the kernel names none, as for hardware. */
  kind: string;
  /** Null for another kind. */
  tun: TunInfo | null;
}

/** Reads the value of IFLA_LINKINFO, null where a message had none. What is malformed or unknown is left out. */
export function decodeKind(linkInfo: Uint8Array | null): KindInfo {
  const found: KindInfo = { kind: '', tun: null };
  if (linkInfo === null) return found;
  const view = new DataView(linkInfo.buffer, linkInfo.byteOffset, linkInfo.byteLength);
  let data: [start: number, end: number] = [0, 0];
  eachAttribute(view, 0, linkInfo.length, (type, start, end) => {
    if (type === k.IFLA_INFO_KIND)
      found.kind = new TextDecoder().decode(linkInfo.subarray(start, end)).split('\0')[0] ?? '';
    else if (type === k.IFLA_INFO_DATA) data = [start, end];
  });
  if (found.kind === 'tun') found.tun = decodeTun(view, ...data);
  return found;
}

function decodeTun(view: DataView, start: number, end: number): TunInfo {
  const tun: TunInfo = { tap: false, owner: null, group: null, persistent: false, multiQueue: false };
  eachAttribute(view, start, end, (type, from, to) => {
    const number = to - from === 4 ? view.getUint32(from, true) : to - from === 1 ? view.getUint8(from) : null;
    if (number === null) return;
    if (type === k.IFLA_TUN_OWNER) tun.owner = number;
    else if (type === k.IFLA_TUN_GROUP) tun.group = number;
    else if (type === k.IFLA_TUN_TYPE) tun.tap = number === TYPE_TAP;
    else if (type === k.IFLA_TUN_PERSIST) tun.persistent = number !== 0;
    else if (type === k.IFLA_TUN_MULTI_QUEUE) tun.multiQueue = number !== 0;
  });
  return tun;
}
