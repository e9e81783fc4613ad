/** The types of parameters: what each accepts, its canonical value, and how it is shown in help. */
import {
  canonicalAddress,
  canonicalMac,
  canonicalPrefix,
  endpoint,
  isGroupMac,
  isMappedIpv4,
  splitEndpoint,
} from './address.js';
import { compilePattern } from './pattern.js';
import type { ArgValue } from './token.js';
import { MAX_VLAN_TEXT, readVlans, vlanText } from './vlans.js';

/** Things that exist in the running daemon and can be offered for completion. */
export type LiveSource = 'peer' | 'peer-link' | 'local-link' | 'interface' | 'config-session';

export type ValueSpec =
  | { readonly kind: 'integer'; readonly min: number; readonly max: number; readonly live?: LiveSource }
  | { readonly kind: 'address' }
  /** Address and port, `A:P` or `[A]:P`. */
  | { readonly kind: 'endpoint' }
  | { readonly kind: 'prefix'; readonly family: 4 | 6 }
  | { readonly kind: 'mac' }
  /** VLAN ids, ranges of them, and `untagged`, with commas between. */
  | { readonly kind: 'vlans' }
  | { readonly kind: 'key' }
  | { readonly kind: 'name'; readonly max: number; readonly live?: LiveSource }
  | { readonly kind: 'device'; readonly live?: LiveSource }
  /** `relative`: on the side of the shell, where there is a current directory. */
  | { readonly kind: 'path'; readonly relative?: true }
  /** A regular expression (`pattern.ts`): the rest of the line, up to a bar with a space before it. */
  | { readonly kind: 'pattern'; readonly max: number }
  /** The rest of the line, spaces included. */
  | { readonly kind: 'text'; readonly max: number };

export type Parsed = { readonly value: ArgValue } | { readonly refusal: string };

const refuse = (refusal: string): Parsed => ({ refusal });
const orRefuse = (value: string | null, refusal: string): Parsed => (value === null ? { refusal } : { value });

/**
 * Reads one parameter.
 * @returns the canonical value, or why the text is refused (a phrase that fits after "because").
 */
export function parseValue(spec: ValueSpec, text: string): Parsed {
  switch (spec.kind) {
    case 'integer':
      return parseInteger(text, spec.min, spec.max);
    case 'address':
      return parseAddress(text);
    case 'endpoint':
      return parseEndpoint(text);
    case 'prefix':
      return orRefuse(
        canonicalPrefix(text, spec.family),
        `it is not an IPv${spec.family} address with a prefix length, such as ${spec.family === 4 ? '10.0.0.1/24' : 'fd00::1/64'}`,
      );
    case 'mac':
      return parseMac(text);
    case 'vlans':
      return parseVlans(text);
    case 'key':
      return parseKey(text);
    case 'name':
      return parseName(text, spec.max);
    case 'device':
      return parseDevice(text);
    case 'path':
      return parsePath(text, spec.relative === true);
    case 'pattern':
      return parsePattern(text, spec.max);
    case 'text':
      return parseText(text, spec.max);
  }
}

function parseInteger(text: string, min: number, max: number): Parsed {
  if (!/^\d{1,10}$/.test(text)) return refuse('it is not a whole number');
  const value = Number(text);
  return value < min || value > max ? refuse(`it is not between ${min} and ${max}`) : { value };
}

function parseAddress(text: string): Parsed {
  const address = canonicalAddress(text);
  if (address !== null && isMappedIpv4(address))
    return refuse('it is an IPv4 address in IPv6 form: write the IPv4 address');
  return orRefuse(address, 'it is not an IPv4 or IPv6 address');
}

function parseEndpoint(text: string): Parsed {
  const parts = splitEndpoint(text);
  if (parts === null || isMappedIpv4(parts.address))
    return refuse('it is not an address with a port (1 to 65535), such as 127.0.0.1:9760 or [::1]:9760');
  return { value: endpoint(parts.address, parts.port) };
}

function parseMac(text: string): Parsed {
  const mac = canonicalMac(text);
  if (mac === null) return refuse('it is not a MAC address such as 02:00:00:00:00:01');
  if (isGroupMac(mac)) return refuse('it is a group address; the first byte of a host address is even');
  return mac === '00:00:00:00:00:00' ? refuse('the zero address belongs to nobody') : { value: mac };
}

function parseVlans(text: string): Parsed {
  if (text.length > MAX_VLAN_TEXT)
    return refuse(`it is longer than ${MAX_VLAN_TEXT} characters: use ranges such as 20-29`);
  const vlans = readVlans(text);
  return vlans === null
    ? refuse("it is no list of VLANs (1 to 4094), ranges and 'untagged' with commas between, such as untagged,10,20-29")
    : { value: vlanText(vlans) };
}

function parseKey(text: string): Parsed {
  const canonical = text.length === 44 && Buffer.from(text, 'base64').toString('base64') === text;
  return canonical && text.endsWith('=') && !text.endsWith('==')
    ? { value: text }
    : refuse('it is not 32 bytes in base64 (44 characters)');
}

function parseName(text: string, max: number): Parsed {
  if (text.length > max) return refuse(`it is longer than ${max} characters`);
  return /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(text)
    ? { value: text }
    : refuse("a name is made of letters, digits, '.', '_' and '-', and begins with a letter or digit");
}

/** What the kernel takes (dev_valid_name in net/core/dev.c), less what would need quoting here. */
function parseDevice(text: string): Parsed {
  if (text.length > 15) return refuse('the kernel takes at most 15 characters');
  return /^[A-Za-z0-9_][A-Za-z0-9._@-]*$/.test(text)
    ? { value: text }
    : refuse("a device name is made of letters, digits, '.', '_', '-' and '@'");
}

function parsePath(text: string, relative: boolean): Parsed {
  if (text.length > 1024) return refuse('it is longer than 1024 characters');
  if (relative) return /^[\x21-\x7b\x7d-\x7e]+$/.test(text) ? { value: text } : refuse('it is not a file name');
  return /^\/[\x21-\x7b\x7d-\x7e]+$/.test(text)
    ? { value: text }
    : refuse("it is not a full path (it must begin with '/')");
}

function parsePattern(text: string, max: number): Parsed {
  if (text.length > max) return refuse(`it is longer than ${max} characters`);
  const compiled = compilePattern(text);
  return 'refusal' in compiled ? compiled : { value: text };
}

function parseText(text: string, max: number): Parsed {
  if (text.length > max) return refuse(`it is longer than ${max} characters`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return /[\x00-\x1f\x7f-\x9f]/.test(text) ? refuse('it contains a control character') : { value: text };
}

/** How the parameter is shown in help: a range, a form or a word in capitals. */
export function valueLabel(spec: ValueSpec): string {
  switch (spec.kind) {
    case 'integer':
      return `<${spec.min}-${spec.max}>`;
    case 'address':
      return 'A.B.C.D|X:X::X:X';
    case 'endpoint':
      return 'A.B.C.D:P|[X:X::X:X]:P';
    case 'prefix':
      return spec.family === 4 ? 'A.B.C.D/N' : 'X:X::X:X/N';
    case 'mac':
      return 'HH:HH:HH:HH:HH:HH';
    case 'vlans':
      return 'N,N-N,untagged';
    case 'key':
      return 'KEY';
    case 'name':
      return 'NAME';
    case 'device':
      return 'DEVICE';
    case 'path':
      return 'FILE';
    case 'pattern':
      return 'REGEX';
    case 'text':
      return 'TEXT';
  }
}
