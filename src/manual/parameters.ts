/** The forms of parameters, for the manual. */
import type { ValueSpec } from '../cli/grammar/value.js';
import { valueLabel } from '../cli/grammar/value.js';

type Kind = ValueSpec['kind'];

/** One of each kind, to have its label; the compiler sees that none is missing. */
const KINDS: { readonly [K in Kind]: { readonly of: Extract<ValueSpec, { kind: K }>; readonly help: string } } = {
  integer: { of: { kind: 'integer', min: 1, max: 9 }, help: 'A whole number within these bounds' },
  address: { of: { kind: 'address' }, help: 'An IPv4 or IPv6 address' },
  endpoint: { of: { kind: 'endpoint' }, help: 'An address and a port; an IPv6 address stands in brackets' },
  prefix: { of: { kind: 'prefix', family: 4 }, help: 'An address with the length of its prefix; likewise for IPv6' },
  mac: { of: { kind: 'mac' }, help: 'A MAC address; also with `-`, or as `aabb.ccdd.eeff`' },
  vlans: { of: { kind: 'vlans' }, help: 'VLANs and ranges of them, with commas between; `untagged` is one of them' },
  key: { of: { kind: 'key' }, help: '32 bytes in base64: 44 characters' },
  name: {
    of: { kind: 'name', max: 32 },
    help: 'Letters, digits, `.`, `_` and `-`, beginning with a letter or digit',
  },
  device: { of: { kind: 'device' }, help: 'Name of a network device, at most 15 characters' },
  path: { of: { kind: 'path' }, help: 'A full path; behind `redirect` also one from the current directory' },
  pattern: { of: { kind: 'pattern', max: 1000 }, help: 'A regular expression, see Filters' },
  text: { of: { kind: 'text', max: 200 }, help: 'The rest of the line, spaces included' },
};

export const parameters: readonly { readonly label: string; readonly help: string }[] = Object.values(KINDS).map(
  ({ of, help }) => ({ label: valueLabel(of), help }),
);
