/** Dialogues: history, pages, secrets, the log, several users, roles, a daemon that goes away. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe } from 'node:test';
import { newInterface, newPeer } from '../../src/config/model.js';
import type { RpcServer } from '../../src/control/server.js';
import { startRpcServer } from '../../src/control/server.js';
import type { DaemonDouble } from './daemon-double.js';
import type { Stage } from './dialogue.js';
import { ctrl, dialogues, KEY } from './dialogue.js';
import { TerminalDouble } from './terminal-double.js';

const { up, left, back, enter } = KEY;

const PSK = 'A'.repeat(43).concat('=');

const KEY_LINE = 'AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=';

function historyOf({ daemon }: Stage): string {
  return readFileSync(join(daemon.directory, 'sennit', 'history'), 'utf8');
}

function withHistory(...lines: string[]): (daemon: DaemonDouble) => void {
  return ({ directory }) => {
    mkdirSync(join(directory, 'sennit'));
    writeFileSync(join(directory, 'sennit', 'history'), `${lines.join('\n')}\n`, { mode: 0o644 });
  };
}

function withPskFile({ engine }: DaemonDouble): void {
  engine.config.pskFile = '/etc/net.psk';
}

/** So many peers, two lines each. */
function withPeers(count: number): (daemon: DaemonDouble) => void {
  return ({ engine }) => {
    const peer = (id: number) => ({ ...newPeer(`p${id}`, id) });
    const peers = new Map(Array.from({ length: count }, (_, i) => [`p${i + 2}`, peer(i + 2)]));
    engine.config.interface = { ...newInterface('t0'), peers };
  };
}

const SHOWN = ['hostname h1', '!', 'interface t0'];
for (let id = 2; id < 22; id++) SHOWN.push(' !', ` peer p${id} id ${id}`);

function shown(from: number, to: number): string {
  return SHOWN.slice(from, to).join('\n        ');
}

describe('dialogues with the shell', { concurrency: 8 }, () => {
  after(() => again?.close());
  dialogues('history', { prepare: withHistory('! of the login before', 'show crypto key') }, [
    ['the lines of the login before are there', [`${up}${up}`, 'h1# ! of the login before▮']],
    [
      'Ctrl-R finds the newest line with what is typed in it, again the one before',
      [`! alpha one${enter}! beta${enter}! alpha two${enter}`, 'h1# ! alpha one\nh1# ! beta\nh1# ! alpha two\nh1# ▮'],
      [`${ctrl('r')}alp`, "h1# ! alpha one\nh1# ! beta\nh1# ! alpha two\n(reverse-i-search)'alp': ! ▮alpha two"],
      [ctrl('r'), "h1# ! alpha one\nh1# ! beta\nh1# ! alpha two\n(reverse-i-search)'alp': ! ▮alpha one"],
      [`${ctrl('r')}`, "h1# ! alpha one\nh1# ! beta\nh1# ! alpha two\n(failed reverse-i-search)'alp': ! ▮alpha one"],
      [`${back}${back}${back}bet`, "h1# ! alpha one\nh1# ! beta\nh1# ! alpha two\n(reverse-i-search)'bet': ! ▮beta"],
      [enter, 'h1# ! alpha one\nh1# ! beta\nh1# ! alpha two\nh1# ! beta\nh1# ▮'],
    ],
    [
      'Ctrl-G gives the search up and brings the line back',
      [`show${left}${ctrl('r')}crypto`, "(reverse-i-search)'crypto': show ▮crypto key"],
      [ctrl('g'), 'h1# sho▮w'],
    ],
    [
      'a key that edits takes what was found',
      [`${ctrl('r')}crypto`, "(reverse-i-search)'crypto': show ▮crypto key"],
      [`${ctrl('a')}! `, 'h1# ! ▮show crypto key'],
    ],
    [
      'show history has the lines of this login',
      [
        `show crypto key${enter}bogus${enter}show history${enter}`,
        /\nh1# show history\n {2}show crypto key\n {2}bogus\nh1# ▮$/,
      ],
    ],
    [
      'a line with a secret is kept nowhere',
      [`join sennit1:AAAA${enter}jion sennit1:BBBB${enter}`, /h1# ▮$/],
      [
        (stage) => {
          assert.doesNotMatch(historyOf(stage), /sennit1|join|jion/);
          assert.equal(statSync(join(stage.daemon.directory, 'sennit', 'history')).mode & 0o777, 0o600);
          stage.terminal.type(up);
        },
        /h1# show history▮$/,
      ],
    ],
  ]);

  dialogues('secrets', { prepare: withPskFile }, [
    [
      'a secret is typed unseen and edited',
      [`crypto psk enter${enter}`, 'h1# crypto psk enter\nPre-shared key (base64, 32 bytes): ▮'],
      [`xyz${ctrl('u')}?${KEY.tab}Z${back}${back}${PSK}`, 'h1# crypto psk enter\nPre-shared key (base64, 32 bytes): ▮'],
      [
        enter,
        `
        h1# crypto psk enter
        Pre-shared key (base64, 32 bytes):
        Pre-shared key written to /etc/net.psk.
        h1# ▮`,
      ],
      [
        (stage) => {
          assert.deepEqual(stage.daemon.engine.keyActions, [`psk /etc/net.psk ${PSK}`]);
          assert.equal(historyOf(stage), 'crypto psk enter\n');
          stage.terminal.type(up);
        },
        /\nh1# crypto psk enter▮$/,
      ],
    ],
    [
      'a line of the log does not disturb it',
      [`terminal monitor${enter}crypto psk enter${enter}sec`, /bytes\): ▮$/],
      [
        ({ daemon }) => daemon.log('info', 'tick'),
        `
        h1# terminal monitor
        h1# crypto psk enter
        00-00 00:00:00 info tick
        Pre-shared key (base64, 32 bytes): ▮`,
      ],
      [
        `ret${enter}no terminal monitor${enter}`,
        `
        h1# terminal monitor
        h1# crypto psk enter
        00-00 00:00:00 info tick
        Pre-shared key (base64, 32 bytes):
        % what was typed does not hold a key
        h1# no terminal monitor
        h1# ▮`,
      ],
    ],
    [
      'Ctrl-C takes the question back',
      [`crypto psk enter${enter}`, /bytes\): ▮$/],
      [`sec${ctrl('c')}`, 'h1# crypto psk enter\nPre-shared key (base64, 32 bytes): ^C\nh1# ▮'],
    ],
  ]);

  dialogues('pages', { rows: 12, prepare: withPeers(20) }, [
    [
      'output that is longer than the window waits; space goes on, q ends',
      [
        `show running-config${enter}`,
        `\n        h1# show running-config\n        ${shown(0, 11)}\n         --More-- ▮`,
      ],
      [' ', `\n        h1# show running-config\n        ${shown(0, 22)}\n         --More-- ▮`],
      ['q', `\n        h1# show running-config\n        ${shown(0, 22)}\n        h1# ▮`],
    ],
    [
      'Enter goes on by a line, G to the end',
      [`show running-config${enter}`, / --More-- ▮$/],
      [enter, `\n        h1# show running-config\n        ${shown(0, 12)}\n         --More-- ▮`],
      ['G', `\n        h1# show running-config\n        ${shown(0, 43)}\n        h1# ▮`],
    ],
    [
      'the last page ends by itself',
      [`show running-config${enter}`, / --More-- ▮$/],
      ['   ', `\n        h1# show running-config\n        ${shown(0, 43)}\n        h1# ▮`],
    ],
    [
      '/ searches, n again',
      [`show running-config${enter}`, / --More-- ▮$/],
      ['/p1', `\n        h1# show running-config\n        ${shown(0, 11)}\n        /p1▮`],
      [
        `1${enter}`,
        `\n        h1# show running-config\n        ${shown(0, 11)}\n        ...skipping\n        ${shown(22, 32)}\n         --More-- ▮`,
      ],
      ['/nothing\r', /\n Pattern not found --More-- ▮$/],
      ['q', /h1# ▮$/],
    ],
    [
      '/ says what is wrong with a pattern, and n goes on with the last that was right',
      [`show running-config${enter}`, / --More-- ▮$/],
      ['/(p1\r', /\n Bad pattern: the '\(' at character 1 is not closed --More-- ▮$/],
      ['/peer p(11|12) \r', /\n peer p11 id 11\n/],
      ['/[z-a]\r', /\n Bad pattern: the range z-a ends before it begins.*▮$/],
      ['n', /\n peer p12 id 12\n/],
      ['q', /h1# ▮$/],
    ],
    [
      '/ minds the case when a capital is typed',
      [`show running-config${enter}`, / --More-- ▮$/],
      ['/Peer p11\r', /\n Pattern not found --More-- ▮$/],
      ['/PEER|\\S{3,} p11\r', /\n peer p11 id 11\n/],
      ['q', /h1# ▮$/],
    ],
    [
      '/ takes a pattern that would keep other engines busy for ever',
      [`show running-config${enter}`, / --More-- ▮$/],
      ['/(([a-z0-9 ]+)+)+=\r', /\n Pattern not found --More-- ▮$/],
      ['q', /h1# ▮$/],
    ],
    [
      'a key that means nothing tells which do',
      [`show running-config${enter}`, / --More-- ▮$/],
      ['x', /\n --More-- space: page, enter: line, \/: search, n: again, G: to the end, q: quit▮$/],
      [ctrl('c'), `\n        h1# show running-config\n        ${shown(0, 11)}\n        h1# ▮`],
    ],
    [
      'nothing waits when more was typed already',
      [
        `show running-config${enter}show crypto key${enter}`,
        `\n        h1# show running-config\n        ${shown(0, 43)}\n        h1# show crypto key\n        ${KEY_LINE}\n        h1# ▮`,
      ],
    ],
    [
      'a line of the log waits for the end of the page',
      [`terminal monitor${enter}`, /# terminal monitor\nh1# ▮$/],
      [`show running-config${enter}`, / --More-- ▮$/],
      [
        ({ daemon, terminal }) => {
          daemon.log('info', 'tick');
          terminal.type(' ');
        },
        /peer p10 id 10\n !\n --More-- ▮$/,
      ],
      ['q', /peer p10 id 10\n !\n00-00 00:00:00 info tick\nh1# ▮$/],
      [`no terminal monitor${enter}`, /# no terminal monitor\nh1# ▮$/],
    ],
    [
      'terminal length says otherwise, 0 switches it off, no goes back',
      [`terminal length 6${enter}`, /# terminal length 6\nh1# ▮$/],
      [
        `show running-config${enter}`,
        `\n        h1# terminal length 6\n        h1# show running-config\n        ${shown(0, 5)}\n         --More-- ▮`,
      ],
      ['q', /h1# ▮$/],
      [`terminal length 0${enter}`, /# terminal length 0\nh1# ▮$/],
      [`show running-config${enter}`, /peer p21 id 21\nh1# ▮$/],
      [`no terminal length${enter}`, /# no terminal length\nh1# ▮$/],
      [`show running-config${enter}`, /peer p5 id 5\n --More-- ▮$/],
      ['q', /h1# ▮$/],
    ],
    [
      'the window may change its size',
      [`show running-config${enter}`, / --More-- ▮$/],
      [
        async ({ terminal }) => {
          terminal.resize(100, 8);
          // The shell is told by a signal; the hint is a column longer then.
          while (!/: quit ▮$/.test(terminal.screen.text(0))) {
            terminal.type('x');
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
          terminal.type(' ');
        },
        `\n        h1# show running-config\n        ${shown(0, 18)}\n         --More-- ▮`,
      ],
      ['q', /h1# ▮$/],
      [`terminal width 132${enter}terminal width 19${enter}`, /<20-512>/],
      [`no terminal width${enter}`, /# no terminal width\nh1# ▮$/],
    ],
  ]);

  dialogues('the log', {}, [
    [
      'lines of the log come above the line being typed, which stays as it is',
      [`terminal monitor${enter}show cry${left.repeat(2)}`, 'h1# terminal monitor\nh1# show c▮ry'],
      [
        ({ daemon }) => {
          daemon.log('warning', 'link-down', { peer: 'b', link: 0 });
          daemon.log('info', 'odd', { text: '\u001b[2J\u009b\u202e' });
        },
        `
        h1# terminal monitor
        00-00 00:00:00 warning link-down peer=b link=0
        00-00 00:00:00 info odd text="\\u001b[2J\\u009b\\u202e"
        h1# show c▮ry`,
      ],
    ],
    [
      'and above one of several rows',
      ['x'.repeat(100), `h1# ${'x'.repeat(76)}\n${'x'.repeat(24)}▮`],
      [
        ({ daemon }) => daemon.log('info', 'tick'),
        `00-00 00:00:00 info tick\nh1# ${'x'.repeat(76)}\n${'x'.repeat(24)}▮`,
      ],
    ],
    [
      'and above a search',
      [`${ctrl('r')}term`, "(reverse-i-search)'term': ▮terminal monitor"],
      [
        ({ daemon }) => daemon.log('info', 'tick'),
        "00-00 00:00:00 info tick\n(reverse-i-search)'term': ▮terminal monitor",
      ],
      [KEY.escape, '00-00 00:00:00 info tick\nh1# terminal monitor▮'],
    ],
    [
      'no terminal monitor ends it; show log has it all',
      [`no terminal monitor${enter}`, 'h1# no terminal monitor\nh1# ▮'],
      [
        ({ daemon, terminal }) => {
          daemon.log('info', 'unseen');
          terminal.type(`show log last 2${enter}`);
        },
        `
        h1# no terminal monitor
        h1# show log last 2
        00-00 00:00:00 info tick
        00-00 00:00:00 info unseen
        h1# ▮`,
      ],
    ],
    [
      'show log as data',
      [
        `show log last 1 | json${enter}`,
        /^h1# show log last 1 \| json\n\[\n {2}\{\n {4}"time": "\d[^\n]*Z",\n {4}"level": "info",\n {4}"event": "unseen",\n {4}"fields": \{\}\n {2}\}\n\]\nh1# ▮$/,
      ],
    ],
  ]);

  dialogues('two users', { rows: 60 }, [
    [
      'each sees who else is there',
      [
        async ({ daemon, terminal }) => {
          other = new TerminalDouble(daemon);
          await other.prompt();
          other.type(`configure terminal${enter}`);
          await other.shows(/\(config\)# ▮$/, 0);
          terminal.type(`show users | json${enter}`);
        },
        /"line": 0,[^}]*"mode": "exec",[^}]*"self": true\n {2}\},\n {2}\{\n {4}"line": 1,[^}]*"mode": "configure",[^}]*"self": false/,
      ],
      [
        `who${enter}`,
        /\nh1# who\nLine +User +Role +Mode [^\n]*PID\n +\*0 +\S+ +admin +exec [^\n]*\n +1 +\S+ +admin +configure [^\n]*\nh1# ▮$/,
      ],
    ],
    [
      'what one changes the other has at once',
      [
        async ({ terminal }) => {
          other.type(`hostname both${enter}`);
          await other.until(
            (text) => text.endsWith('both(config)# ▮'),
            0,
            () => undefined,
          );
          terminal.type(enter);
        },
        'h1#\nboth# ▮',
      ],
    ],
    [
      'who leaves is gone',
      [
        async ({ terminal }) => {
          other.type(ctrl('d'));
          await other.until(
            (text) => text.includes('[exit code 0]'),
            0,
            () => undefined,
          );
          terminal.type(`show users | json${enter}`);
        },
        /^both# show users \| json\n\[\n {2}\{[^{}]*\}\n\]\nboth# ▮$/,
      ],
    ],
  ]);

  dialogues('a reader', { reader: true, prepare: ({ socket }) => chmodSync(socket, 0o666) }, [
    ['has another prompt', [`show crypto key${enter}`, `h1> show crypto key\n${KEY_LINE}\nh1> ▮`]],
    [
      'is told which group a change takes',
      [
        `configure terminal${enter}`,
        `
        h1> configure terminal
            ^
        % You may look but not change anything: join the group sennit-admin
        h1> ▮`,
      ],
    ],
    [
      'sees in help what is for readers',
      ['?', /^h1> \?\n {2}show [\s\S]*\n {2}who [\s\S]*\n {2}logout [^\n]*\n {2}no [^\n]*\nh1> ▮$/],
    ],
    ['completes no more than that', [`conf${KEY.tab}`, 'h1> conf▮']],
    [
      'may follow the log and page',
      [`terminal monitor${enter}terminal length 0${enter}`, 'h1> terminal monitor\nh1> terminal length 0\nh1> ▮'],
    ],
  ]);

  dialogues('a daemon that goes away', {}, [
    [
      'the shell says so, finds it again, and the line stays',
      [`conf t${enter}show cry`, 'h1# conf t\nh1(config)# show cry▮'],
      [
        ({ daemon }) => daemon.disconnect(),
        `
        h1# conf t
        % The daemon went away: looking for it until it is back
        h1(away)# show cry▮`,
      ],
      [
        `pto key${enter}`,
        `
        h1# conf t
        % The daemon went away: looking for it until it is back
        h1(away)# show crypto key
        % The daemon is away: nothing was done ('exit' leaves)
        h1(away)# ▮`,
      ],
      [
        ({ daemon: { socket, engine, startupFile } }) => {
          return startRpcServer({ path: socket, engine, startupFile }).then((server) => {
            again = server;
          });
        },
        `
        h1# conf t
        % The daemon went away: looking for it until it is back
        h1(away)# show crypto key
        % The daemon is away: nothing was done ('exit' leaves)
        The daemon is back (Sennit X); you are in exec mode
        h1# ▮`,
      ],
      [
        `${up}${enter}`,
        `
        h1# conf t
        % The daemon went away: looking for it until it is back
        h1(away)# show crypto key
        % The daemon is away: nothing was done ('exit' leaves)
        The daemon is back (Sennit X); you are in exec mode
        h1# show crypto key
        ${KEY_LINE}
        h1# ▮`,
      ],
    ],
  ]);
});

let other: TerminalDouble;
let again: RpcServer | null = null;
