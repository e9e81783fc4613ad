/**
 * The fields that events of the log may have. A name means the same in every event, so that a search for `peer=b`
 * finds all that is about that peer. None may be called `time`, `level` or `event`: every line has those already.
 */

type FieldType = 'text' | 'number' | 'boolean';

interface FieldSpec {
  readonly type: FieldType;
  readonly meaning: string;
}

function text(meaning: string): { readonly type: 'text'; readonly meaning: string } {
  return { type: 'text', meaning };
}

function number(meaning: string): { readonly type: 'number'; readonly meaning: string } {
  return { type: 'number', meaning };
}

function boolean(meaning: string): { readonly type: 'boolean'; readonly meaning: string } {
  return { type: 'boolean', meaning };
}

/** In the order of the documents. */
export const FIELDS = {
  peer: text('Name of the peer, as it is configured here'),
  peers: text('Names of several peers, with commas between'),
  link: number('Number of the link, 0 to 7'),
  id: number('Host id'),
  interface: text('Name of the TAP interface'),
  network: text('Name of the network'),
  session: text('Name of a session of `configure session`'),
  user: text('Who did it: the name of the user, or `sennitd` for the daemon itself'),
  by: text('Who had made the commit'),
  host: text('Name that the other host gave itself'),
  address: text('Address of this host'),
  bridge: text('Name of a bridge of this host'),
  from: text('Where it came from: address and port, or `this host`'),
  mac: text('MAC address'),
  vlan: text('VLAN: a number, `untagged`, or `unclear` where it cannot be told'),

  cause: text('Why the link is down, or why it cannot be used'),
  doubt: text('What raised the doubt: `late-pong`, `late-ack` or `loss`'),
  verdict: text('What became of it: `down`, or `cleared`: it proved that it carries'),
  reason: text('Why'),
  status: text('Why, in a word'),
  topic: text('Topic of `debug`'),
  step: text('What happened, in a word'),
  what: text('What is meant: `mac` or `vlan`'),
  how: text('What it was: `terminal`, `session NAME`, `rollback N`, `SIGHUP` and so on'),
  traffic: text('`broadcast`, `multicast` or `unknown-unicast`'),
  held: text('The peer behind which the address stays'),
  usable: boolean('Whether it can be used'),

  mtu: number('Largest IP packet, bytes'),
  before: number('The same before'),
  ms: number('Milliseconds that it took'),
  suspectMs: number("Milliseconds from the link's last sign of life to the doubt"),
  decideMs: number("Milliseconds from the link's last sign of life to the verdict"),
  resent: number('Datagrams sent again over other links'),
  lost: number('Datagrams of a failover that are lost for good; lines that a file of the log lacks'),
  seconds: number('Seconds that it lasts'),
  overlapSeconds: number('Seconds for which the old key is answered to'),
  added: number('Lines added to the configuration'),
  removed: number('Lines removed from it'),

  origin: text('Where the interface was found: `made` anew, in the `kernel`, or with the `service-manager`'),
  offloads: text('What the kernel takes of the offloads of a TAP, with commas between'),
  missing: text('Offloads that this kernel lacks'),
  on: text('What the daemon was about'),
  error: text('What is wrong, in the words of the kernel or the daemon'),
  file: text('Path of a file'),
  config: text('Path of the configuration file'),
  socket: text('Path of the control socket'),
  version: text('Version of Sennit'),
  signal: text('Name of the signal'),
  mode: text('Mode in which the line was typed'),
  line: text(
    'What the daemon understood of the line; `…` is the rest, `FILE`, `TEXT` and so on stand for what was typed',
  ),
  unlogged: number('More lines that were refused to this shell since, and are not in the log'),
  of: text('Name of the event'),
  lines: number('Lines that were left out'),
  to: text('Where the log goes from here: the path of a file, or `standard-error`'),
  suppressed: number('Lines of this topic left out since the one before'),
  advice: text('What to do, or what happens now'),
} as const satisfies Readonly<Record<string, FieldSpec>>;

export type FieldName = keyof typeof FIELDS;

interface TypeOf {
  text: string;
  number: number;
  boolean: boolean;
}

/** The type of a field's value. */
export type FieldValue<F extends FieldName> = TypeOf[(typeof FIELDS)[F]['type']];
