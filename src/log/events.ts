/**
 * Every event that the log can have: its levels, what it means, what it tells, and what to do about it. The compiler
 * lets nothing else be logged (`Log` in log.ts), and docs/events.md is made from this table (`npm run docs`).
 */
import type { FieldName, FieldValue } from './event-fields.js';

/** From the worst. */
export const LEVELS = ['error', 'warning', 'info', 'debug'] as const;
export type Level = (typeof LEVELS)[number];

export interface EventSpec {
  /** Where there are several, it depends. */
  readonly levels: readonly Level[];
  readonly meaning: string;
  /** Fields that are always there, in their order. */
  readonly fields: readonly FieldName[];
  /** Fields that are there if they make sense. */
  readonly sometimes?: readonly FieldName[];
  /** More fields come with it, by topic: those of `debug`. */
  readonly open?: true;
  /** What an operator does about it; absent: nothing. */
  readonly todo?: string;
}

const ERROR = ['error'] as const;
const WARNING = ['warning'] as const;
const INFO = ['info'] as const;
const DEBUG = ['debug'] as const;

/** By topic, in the order of the document. */
export const EVENTS = {
  ready: {
    levels: INFO,
    meaning: 'The daemon answers commands and carries frames',
    fields: ['version', 'socket', 'config', 'user'],
  },
  incomplete: {
    levels: WARNING,
    meaning: 'The configuration is legal, but something in it cannot work yet',
    fields: ['reason'],
    sometimes: ['interface', 'peer', 'link'],
    todo: 'Configure what the reason names.',
  },
  reloaded: {
    levels: INFO,
    meaning: 'After SIGHUP the configuration file runs, and the key files were read again',
    fields: ['config'],
  },
  'reload-refused': {
    levels: ERROR,
    meaning: 'After SIGHUP nothing was changed: the file or a key file is wrong or gone',
    fields: ['error'],
    todo: '`sennitd --check FILE` shows the line that is wrong.',
  },
  stopping: { levels: INFO, meaning: 'The daemon was told to end', fields: ['signal'] },
  'slow-crypto': {
    levels: WARNING,
    meaning: 'The fast way to encrypt is not there: throughput is a fraction of what it could be',
    fields: ['reason'],
    todo: 'Use a Node.js that is linked with OpenSSL 3 and exports it, as the official builds do.',
  },
  'lane-died': {
    levels: ERROR,
    meaning: 'The data path failed and the daemon ends, with exit code 70',
    fields: ['error'],
    todo: 'The supervisor starts it anew; report the error with `show tech-support`.',
  },
  fault: {
    levels: ERROR,
    meaning: 'A fault of the program; it goes on',
    fields: ['error'],
    sometimes: ['on'],
    todo: 'Report it with `show tech-support`.',
  },

  'interface-up': {
    levels: INFO,
    meaning: 'The TAP interface was made, or taken over from the daemon that ran before',
    fields: ['interface', 'origin', 'offloads'],
  },
  'interface-cleared': {
    levels: INFO,
    meaning:
      'What the daemon before had put on the interface, and is not configured any more, was taken away: an address or a bridge',
    fields: ['interface'],
    sometimes: ['address', 'bridge'],
  },
  'interface-not-noted': {
    levels: WARNING,
    meaning: 'It cannot be written down what the daemon puts on the interface',
    fields: ['error'],
    todo:
      'Make the state directory writable to the daemon. Until then an address that is taken out of the file while no ' +
      'daemon runs stays on a persistent interface.',
  },
  'interface-lost': {
    levels: ERROR,
    meaning: 'Somebody deleted the TAP interface, or it cannot be made again yet',
    fields: [],
    sometimes: ['interface', 'error', 'advice'],
    todo: 'It is made again every 2 seconds until that works. Find out who removes it.',
  },
  'offloads-missing': {
    levels: WARNING,
    meaning: 'The kernel lacks something that makes frames or datagrams cheaper; all works, but slower',
    fields: ['missing'],
    sometimes: ['interface', 'link'],
    todo: 'A newer kernel has it; with `link`, the device of that local link lacks it.',
  },
  mtu: {
    levels: WARNING,
    meaning: 'The MTU of the interface could not be set (`mtu auto`)',
    fields: ['error'],
    todo: 'Look at what else sets the interface; `mtu N` stops the trying.',
  },
  'no-private-key': {
    levels: WARNING,
    meaning: 'Peers are configured, but this host has no key: it takes no part',
    fields: ['file', 'advice'],
    todo: '`crypto key generate`, and give the public key to the others.',
  },

  'link-up': { levels: INFO, meaning: 'A link to a peer carries', fields: ['peer', 'link'] },
  'link-down': {
    levels: WARNING,
    meaning: 'A link to a peer does not carry any more; others go on',
    fields: ['peer', 'link', 'cause'],
    todo: '`show links peer NAME detail`; look at the path of this link.',
  },
  'local-link': {
    levels: ['info', 'warning'],
    meaning: 'A local end of links can be used (info), or not (warning)',
    fields: ['link', 'address', 'usable', 'mtu', 'cause'],
    sometimes: ['advice'],
    todo: 'As the advice says: the address, the interface or its cable.',
  },
  failover: {
    levels: ['info', 'warning'],
    meaning: 'A doubt about a link, or its end, is over; a warning where datagrams are lost for good',
    fields: ['peer', 'link', 'verdict', 'cause', 'decideMs', 'resent'],
    sometimes: ['lost', 'doubt', 'suspectMs'],
    todo: 'With `lost` above 0: a larger `failover buffer` of the peer, or one more link.',
  },
  'path-mtu': {
    levels: INFO,
    meaning: 'It was found how large packets may be on a link',
    fields: ['peer', 'link', 'mtu', 'ms'],
    sometimes: ['before', 'advice'],
  },
  'path-black-hole': {
    levels: WARNING,
    meaning: 'Large packets vanish on a link that had passed them',
    fields: ['peer', 'link', 'mtu', 'ms'],
    sometimes: ['before', 'advice'],
    todo: 'A device on the way has a smaller MTU than its ends say: mend it, or set `mtu` of the link.',
  },

  handshake: {
    levels: INFO,
    meaning: 'A step of the handshake with a peer; `debug handshake` tells of every message',
    fields: ['peer', 'step'],
    todo: '`no-answer` again and again: address, port and firewall; `response-refused`: the pre-shared keys differ.',
  },
  'handshake-refused': {
    levels: WARNING,
    meaning: 'A handshake message was refused; once a minute for each reason, all are counted in `show counters`',
    fields: ['reason', 'link', 'from', 'advice'],
    sometimes: ['peer'],
    todo: 'As the advice says. From an address that is not yours it is somebody else: nothing to do.',
  },
  'peer-silent': {
    levels: INFO,
    meaning: 'A peer takes what is sent and sends nothing: another handshake is tried',
    fields: ['peer'],
  },
  'key-rolled': { levels: INFO, meaning: 'This host has a new key', fields: ['overlapSeconds'] },
  'old-key-removed': { levels: INFO, meaning: 'The time of the old key is over', fields: ['file'] },
  'old-key': {
    levels: WARNING,
    meaning: 'The old key could not be removed when its time was over',
    fields: ['error', 'advice'],
    todo: 'As the advice says.',
  },
  'stamps-damaged': {
    levels: WARNING,
    meaning: 'The file with the stamps of handshakes was damaged',
    fields: ['file', 'advice'],
    todo: 'Look at the disk.',
  },
  'stamps-not-kept': {
    levels: WARNING,
    meaning: 'The stamps of handshakes cannot be written',
    fields: ['error', 'advice'],
    todo: 'Make the state directory writable to the daemon.',
  },

  'mac-moves': {
    levels: WARNING,
    meaning: 'An address moved between peers too often and is held',
    fields: ['mac', 'peers', 'held', 'advice'],
    todo: 'Look for a loop behind these peers, or two stations with one address.',
  },
  storm: {
    levels: WARNING,
    meaning: 'Storm control drops frames; once in 10 seconds',
    fields: ['traffic'],
    sometimes: ['peer', 'from'],
    todo: 'Find the station that sends them, or raise `storm-control`.',
  },
  'not-permitted': {
    levels: WARNING,
    meaning: "A peer sent what its `permit` lines don't allow; once in 10 seconds",
    fields: ['peer', 'what', 'mac', 'vlan'],
    todo: 'Permit it, or find out who sends it.',
  },

  commit: {
    levels: INFO,
    meaning: 'The configuration was changed',
    fields: ['user', 'how', 'added', 'removed'],
  },
  'commit-confirmed': { levels: INFO, meaning: 'A commit was confirmed', fields: ['user', 'by', 'how'] },
  'commit-not-confirmed': {
    levels: WARNING,
    meaning: 'Nobody confirmed a commit: it was taken back',
    fields: ['user', 'how'],
    sometimes: ['reason'],
    todo: '`show archive` and `show archive diff 1` say what it was.',
  },
  'rollback-failed': {
    levels: ERROR,
    meaning: 'A commit that nobody confirmed could not be taken back',
    fields: ['error', 'advice'],
    todo: 'Mend what the error names.',
  },
  'rollback-not-forgotten': {
    levels: ERROR,
    meaning: 'A commit is decided, but that could not be written: the next start would take it back',
    fields: ['error'],
    todo: 'Make the state directory writable, then `write memory`.',
  },
  'commit-damaged': {
    levels: WARNING,
    meaning: 'A file of the archive of commits is damaged',
    fields: ['file', 'advice'],
    todo: 'Look at the disk.',
  },
  'commits-not-kept': {
    levels: WARNING,
    meaning: 'The archive of commits cannot be written',
    fields: ['error', 'advice'],
    todo: 'Make the state directory writable to the daemon.',
  },
  'candidate-dropped': {
    levels: INFO,
    meaning: 'A session of `configure session` that nobody worked on was dropped',
    fields: ['session', 'user'],
  },
  refused: {
    levels: WARNING,
    meaning: 'A line that somebody typed was refused',
    fields: ['user', 'mode', 'line'],
    sometimes: ['reason', 'unlogged'],
  },

  invited: { levels: INFO, meaning: 'An invitation was made', fields: ['peer', 'id', 'seconds'] },
  joined: {
    levels: INFO,
    meaning: 'A host joined: `host` with the inviter, `network` with the one that joined',
    fields: ['peer', 'id'],
    sometimes: ['network', 'host'],
  },
  'join-refused': {
    levels: ['warning', 'error'],
    meaning: 'Somebody wanted to join and was refused (warning), or could not be let in (error)',
    fields: [],
    sometimes: ['peer', 'status', 'from', 'reason', 'error'],
    todo: '`show invitations`; make another invitation if it was used up or too old. With `error`: mend what it names.',
  },
  'join-not-possible': {
    levels: ERROR,
    meaning: 'Nobody can join, for the key of this host cannot be read',
    fields: ['error'],
    todo: 'Mend what the error names.',
  },
  'not-saved': {
    levels: ERROR,
    meaning: 'A host joined, but the configuration could not be saved',
    fields: ['error', 'advice'],
    todo: 'Mend what the error names, then `write memory`.',
  },
  'invitations-lost': {
    levels: ERROR,
    meaning: 'The invitations could not be read: those that were open are void',
    fields: ['error'],
    todo: 'Make new ones.',
  },
  'invitations-not-kept': {
    levels: ERROR,
    meaning: 'The invitations cannot be written',
    fields: ['error'],
    todo: 'Make the state directory writable to the daemon.',
  },

  'log-moved': { levels: INFO, meaning: 'The log goes on somewhere else', fields: ['to'] },
  'log-reopened': {
    levels: INFO,
    meaning: 'The file of the log was opened again: after a signal, or because it had been moved or removed',
    fields: ['file'],
  },
  'log-not-opened': {
    levels: ERROR,
    meaning: 'The file of the log cannot be opened, or not again; the old one is written as long as it exists',
    fields: ['file', 'error'],
    todo: 'As the error says; then SIGUSR1, or wait: it is tried again.',
  },
  'log-not-given': {
    levels: WARNING,
    meaning: 'The file of the log cannot be given to the user that the daemon goes on as; it is written all the same',
    fields: ['file', 'error'],
    todo:
      'Once moved by a rotation it cannot be opened again: name a file in a directory of that user, or, where the file ' +
      'system knows no owners (a share, FAT), mount it for that user.',
  },
  'log-not-written': {
    levels: ERROR,
    meaning: 'The file of the log cannot be written: lines go to standard error. Told once',
    fields: ['file', 'error'],
    todo: 'Make room on the disk.',
  },
  'log-written-again': {
    levels: INFO,
    meaning: 'The log can be written again',
    fields: ['file', 'lost'],
  },
  'log-suppressed': {
    levels: WARNING,
    meaning: 'There were too many lines of one event',
    fields: ['of', 'lines'],
    todo: '`show logging` counts them. Look for what makes them: often a link that flaps.',
  },

  trace: {
    levels: DEBUG,
    meaning: 'What `debug TOPIC` asked for; the fields behind `step` are those of the topic',
    fields: ['topic', 'step'],
    sometimes: ['peer', 'link', 'suppressed'],
    open: true,
    todo: '`show debugging` tells what is on, `undebug all` ends it.',
  },
} as const satisfies Readonly<Record<string, EventSpec>>;

export type EventName = keyof typeof EVENTS;

type Table = typeof EVENTS;
type Sometimes<E extends EventName> = Table[E] extends { readonly sometimes: readonly (infer F)[] } ? F : never;

/** The levels of an event. */
export type LevelOf<E extends EventName> = Table[E]['levels'][number];

/** The fields of an event: those that it must have, and those that it may. */
export type FieldsOf<E extends EventName> = E extends EventName
  ? { readonly [F in Table[E]['fields'][number]]: FieldValue<F> } & {
      readonly [F in Extract<Sometimes<E>, FieldName>]?: FieldValue<F>;
    } & (Table[E] extends { readonly open: true }
        ? Readonly<Record<string, string | number | boolean | null>>
        : unknown)
  : never;
