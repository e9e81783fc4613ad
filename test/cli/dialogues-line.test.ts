/** Dialogues: help, completion, errors, modes, and editing the line. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { alt, ctrl, dialogues, KEY, paste } from './dialogue.js';

const { up, down, left, right, home, end, del, back, enter } = KEY;

describe('dialogues at the line', { concurrency: 8 }, () => {
  dialogues('help', {}, [
    [
      '? answers at once, without Enter, and keeps the line',
      [
        'show crypto ?',
        `
        h1# show crypto ?
          key  This host's public key
        h1# show crypto ▮`,
      ],
      [
        `key${enter}`,
        `
        h1# show crypto ?
          key  This host's public key
        h1# show crypto key
        AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
        h1# ▮`,
      ],
    ],
    [
      '? behind an unfinished word lists what it can become',
      [
        'show ver?',
        `
        h1# show ver?
          version  Versions, process and uptime
        h1# show ver▮`,
      ],
    ],
    [
      '? shows the range of a value',
      [
        'test failover peer b link ?',
        `
        h1# test failover peer b link ?
          <0-7>  Its number
        h1# test failover peer b link ▮`,
      ],
    ],
    [
      '? shows that the line may end',
      [
        'clear mac-table ?',
        `
        h1# clear mac-table ?
          <cr>
        h1# clear mac-table ▮`,
      ],
    ],
    [
      '? speaks of what is left of the cursor, and the line stays whole',
      [
        `show crypto key${left.repeat(3)}?`,
        `
        h1# show crypto key
          key  This host's public key
        h1# show crypto ▮key`,
      ],
    ],
    [
      '? where no command fits says so',
      [
        'zz?',
        `
        h1# zz?
        % Unrecognized command
        h1# zz▮`,
      ],
    ],
    [
      '? behind a word that is wrong says so',
      [
        'show crypto bogus ?',
        `
        h1# show crypto bogus ?
        % Invalid input detected at '^' marker
          expected:
            key  This host's public key
        h1# show crypto bogus ▮`,
      ],
    ],
    [
      '? works behind do',
      [
        `configure terminal${enter}do show crypto ?`,
        `
        h1# configure terminal
        h1(config)# do show crypto ?
          key  This host's public key
        h1(config)# do show crypto ▮`,
      ],
      [
        ctrl('z'),
        `
        h1# configure terminal
        h1(config)# do show crypto ?
          key  This host's public key
        h1(config)# do show crypto ^Z
        h1# ▮`,
      ],
    ],
    [
      'Ctrl-V takes ? as it is',
      [
        `! who${ctrl('v')}?${enter}`,
        `
        h1# ! who?
        h1# ▮`,
      ],
    ],
  ]);

  dialogues(
    'completion',
    {
      prepare: ({ engine }) => {
        engine.config.hostname = 'h1';
      },
    },
    [
      [
        'TAB completes a word and adds a space',
        [
          `conf${KEY.tab}t${KEY.tab}`,
          `
          h1# configure terminal ▮`,
        ],
        [
          `${enter}interface t0${enter}peer host2 id 2${enter}peer host3 id 3${enter}end${enter}`,
          `
          h1# configure terminal
          h1(config)# interface t0
          h1(config-if)# peer host2 id 2
          h1(config-peer)# peer host3 id 3
          h1(config-peer)# end
          h1# ▮`,
        ],
      ],
      [
        'TAB completes live names, a second TAB lists them',
        [
          `show links peer h${KEY.tab}`,
          `
          h1# show links peer host▮`,
        ],
        [
          KEY.tab.repeat(2),
          `
          h1# show links peer host
          host2  host3
          h1# show links peer host▮`,
        ],
        [
          `3${enter}`,
          `
          h1# show links peer host
          host2  host3
          h1# show links peer host3
          No links are configured.
          h1# ▮`,
        ],
      ],
      [
        'TAB in the midst of a line completes the word before the cursor',
        [
          `sho key${left.repeat(4)}${KEY.tab}`,
          `
          h1# show ▮ key`,
        ],
      ],
      [
        'TAB on an empty line does nothing',
        [
          `${KEY.tab}${KEY.tab}show`,
          `
          h1# show▮`,
        ],
      ],
      [
        'a word may be abbreviated as long as it is clear',
        [
          `sh cry k${enter}`,
          `
          h1# sh cry k
          AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
          h1# ▮`,
        ],
      ],
      [
        'case does not matter',
        [
          `SHOW Crypto KEY${enter}`,
          `
          h1# SHOW Crypto KEY
          AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
          h1# ▮`,
        ],
      ],
    ],
  );

  dialogues('errors', {}, [
    [
      'the caret stands under the word that is wrong',
      [
        `test failover nobody${enter}`,
        `
        h1# test failover nobody
                          ^
        % Invalid input detected at '^' marker
          expected:
            peer  The peer
        h1# ▮`,
      ],
    ],
    [
      'a value out of range is told its range',
      [
        `terminal length 513${enter}`,
        `
        h1# terminal length 513
                            ^
        % Invalid input detected at '^' marker: it is not between 0 and 512
          expected:
            <0-512>  Rows; 0: never wait at the end of a page
        h1# ▮`,
      ],
    ],
    [
      'half a line is incomplete',
      [
        `clear invitation${enter}`,
        `
        h1# clear invitation
                            ^
        % Incomplete command
          expected:
            NAME  The name that the peer was to get
        h1# ▮`,
      ],
    ],
    [
      'an unclear prefix lists what it could be',
      [
        `crypto re${enter}`,
        `
        h1# crypto re
                   ^
        % Ambiguous command
          it could be:
            reload  Read all key files again; no session is lost
            rekey   New session keys now; no frame is lost
        h1# ▮`,
      ],
    ],
    [
      'a comment and an empty line do nothing',
      [
        `! show bogus${enter}${enter}   ${enter}`,
        `
        h1# ! show bogus
        h1#
        h1#
        h1# ▮`,
      ],
    ],
    [
      'a line that fills the row is printed again above the caret',
      [
        `show links peer ${'a'.repeat(64)} x${enter}`,
        `
        h1# show links peer ${'a'.repeat(60)}
        ${'a'.repeat(4)} x
          show links peer ${'a'.repeat(55)}...
                          ^
        % Invalid input detected at '^' marker: it is longer than 32 characters
          expected:
            NAME  The peer's name
        h1# ▮`,
      ],
    ],
    [
      'a peer that does not exist is refused in a sentence',
      [
        `show links peer nobody${enter}`,
        `
        h1# show links peer nobody
            ^
        % there is no peer nobody: see 'show peers'
        h1# ▮`,
      ],
    ],
  ]);

  dialogues('modes', {}, [
    [
      'each mode has its prompt, exit goes up one, end to the top',
      [
        `conf t${enter}interface t0${enter}peer b id 2${enter}link 0${enter}exit${enter}exit${enter}exit${enter}exit${enter}`,
        `
        h1# conf t
        h1(config)# interface t0
        h1(config-if)# peer b id 2
        h1(config-peer)# link 0
        h1(config-link)# exit
        h1(config-peer)# exit
        h1(config-if)# exit
        h1(config)# exit
        h1# ▮`,
      ],
    ],
    [
      "a command of the mode above works, as does 'end'",
      [
        `conf t${enter}interface t0${enter}peer b id 2${enter}network lab${enter}end${enter}`,
        `
        h1# conf t
        h1(config)# interface t0
        h1(config-if)# peer b id 2
        h1(config-peer)# network lab
        h1(config)# end
        h1# ▮`,
      ],
    ],
    [
      "'do' runs a command of exec mode, 'no' undoes",
      [
        `conf t${enter}do show crypto key${enter}no network${enter}do show running-config${enter}end${enter}`,
        `
        h1# conf t
        h1(config)# do show crypto key
        AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
        h1(config)# no network
        h1(config)# do show running-config
        hostname h1
        !
        interface t0
         !
         peer b id 2
          link 0
        h1(config)# end
        h1# ▮`,
      ],
    ],
    [
      'Ctrl-Z goes to the top and drops what was typed',
      [
        `conf t${enter}hostname bad${ctrl('z')}`,
        `
        h1# conf t
        h1(config)# hostname bad^Z
        h1# ▮`,
      ],
      [
        ({ daemon }) => assert.equal(daemon.engine.config.hostname, 'h1'),
        '\nh1# conf t\nh1(config)# hostname bad^Z\nh1# ▮',
      ],
    ],
    [
      'a refused line changes neither mode nor configuration',
      [
        `conf t${enter}interface t0${enter}mtu 5${enter}end${enter}`,
        `
        h1# conf t
        h1(config)# interface t0
        h1(config-if)# mtu 5
                           ^
        % Invalid input detected at '^' marker: it is not between 576 and 9000
          expected:
            auto        What fits one datagram on every link
            <576-9000>  Bytes
        h1(config-if)# end
        h1# ▮`,
      ],
    ],
    [
      "'do' moves to no other mode",
      [
        `conf t${enter}do configure terminal${enter}end${enter}`,
        `
        h1# conf t
        h1(config)# do configure terminal
                       ^
        % 'do' does not change modes: type it without 'do'
        h1(config)# end
        h1# ▮`,
      ],
    ],
    [
      'the prompt follows the host name',
      [
        `conf t${enter}hostname h7${enter}hostname h1${enter}end${enter}`,
        `
        h1# conf t
        h1(config)# hostname h7
        h7(config)# hostname h1
        h1(config)# end
        h1# ▮`,
      ],
    ],
  ]);

  dialogues('Emacs keys', {}, [
    ['Ctrl-A and Ctrl-E go to the ends', [`how ver${ctrl('a')}s${ctrl('e')}sion`, 'h1# show version▮']],
    ['Home and End as well', [`how ver${home}s${end}sion`, 'h1# show version▮']],
    ['Ctrl-B and Ctrl-F go one character', [`sow${ctrl('b')}${ctrl('b')}h${ctrl('f')}x`, 'h1# shox▮w']],
    ['the arrows as well', [`sow${left}${left}h${right}x`, 'h1# shox▮w']],
    ['Alt-B and Alt-F go one word', [`show run config${alt('b')}${alt('b')}x${alt('f')}y`, 'h1# show xrun y▮config']],
    [
      'Ctrl-K takes the rest of the line, Ctrl-Y puts it back',
      [`one two${ctrl('a')}${alt('f')}${ctrl('k')}${ctrl('a')}${ctrl('y')}`, 'h1# two▮one'],
    ],
    ['Ctrl-U takes all before the cursor', [`one two${alt('b')}${ctrl('u')}`, 'h1# ▮two']],
    ['Ctrl-W takes the word before the cursor', [`show running-config${ctrl('w')}`, 'h1# show running-▮']],
    ['Alt-D takes the word behind it', [`one two${ctrl('a')}${alt('d')}`, 'h1# ▮two']],
    [
      'Ctrl-T lets two characters change places',
      [`shwo${ctrl('t')}`, 'h1# show▮'],
      [`${left.repeat(3)}${ctrl('t')}`, 'h1# hs▮ow'],
    ],
    ['Ctrl-D and Delete take the character at the cursor', [`xxshow${ctrl('a')}${ctrl('d')}${del}`, 'h1# ▮show']],
    ['Ctrl-H and Backspace take the one before', [`showxx${ctrl('h')}${back}`, 'h1# show▮']],
    ['Ctrl-_ undoes', [`show${ctrl('u')}`, 'h1# ▮'], ['\u001f', 'h1# show▮']],
    ['Ctrl-C drops the line', [`hostname bad${ctrl('c')}`, 'h1# hostname bad^C\nh1# ▮']],
    [
      'Ctrl-C drops a line that is longer than the row, from anywhere in it',
      [`${'x'.repeat(100)}${ctrl('a')}${ctrl('c')}`, `h1# ${'x'.repeat(76)}\n${'x'.repeat(24)}^C\nh1# ▮`],
    ],
    ['keys that mean nothing do nothing', [`sh\u001b[99~${ctrl(']')}${alt('z')}\u001bOR\u001b[1;9Xow`, 'h1# show▮']],
    [
      'Ctrl-P and Ctrl-N walk through the history',
      [`! one${enter}! two${enter}${ctrl('p')}${ctrl('p')}`, 'h1# ! one\nh1# ! two\nh1# ! one▮'],
      [ctrl('n'), 'h1# ! one\nh1# ! two\nh1# ! two▮'],
    ],
    ['the arrows as well, and what was typed is kept', [`! th${up}${down}`, 'h1# ! th▮']],
    [
      'Ctrl-L clears the screen and keeps the line',
      [
        async ({ terminal }) => {
          const top = Math.max(0, terminal.screen.row - 23);
          terminal.type(`show${ctrl('l')}`);
          await terminal.shows('h1# show▮', top);
        },
        '',
      ],
    ],
  ]);

  dialogues('pastes', {}, [
    [
      'the lines of a paste run in order, and the last one waits for Enter',
      [
        paste('conf t\nnetwork one\nnetwork two\nend\nshow crypto k'),
        `
        h1# conf t
        h1(config)# network one
        h1(config)# network two
        h1(config)# end
        h1# show crypto k▮`,
      ],
    ],
    [
      '? and TAB in a paste are text',
      [
        paste('conf t\ninterface t0\n\tdescription\twho?\nend\n'),
        `
        h1# conf t
        h1(config)# interface t0
        h1(config-if)#  description who?
        h1(config-if)# end
        h1# ▮`,
      ],
      [
        ({ daemon }) => assert.equal(daemon.engine.config.interface?.description, 'who?'),
        `
        h1# conf t
        h1(config)# interface t0
        h1(config-if)#  description who?
        h1(config-if)# end
        h1# ▮`,
      ],
    ],
    [
      'keys that edit do nothing in a paste',
      [paste(`show${ctrl('u')}${ctrl('a')}${ctrl('r')}${ctrl('d')} version`), 'h1# show version▮'],
    ],
    ['CR LF is one end of line', [`! one\r\n! two\r\n`, 'h1# ! one\nh1# ! two\nh1# ▮']],
    [
      'Ctrl-C ends a paste that never ends',
      [`\u001b[200~show ver${ctrl('c')}sh cry k${KEY.tab}`, 'h1# show ver^C\nh1# sh cry key ▮'],
    ],
  ]);

  dialogues('bad input', {}, [
    [
      'invalid UTF-8 is refused with one line',
      [
        Buffer.concat([Buffer.from('terminal length \xff\xfe', 'latin1'), Buffer.from(enter)]),
        `
        h1# terminal length \ufffd\ufffd
                            ^
        % Invalid input detected at '^' marker: it is not a whole number
          expected:
            <0-512>  Rows; 0: never wait at the end of a page
        h1# ▮`,
      ],
    ],
    [
      'control characters do not come into the line, not even behind Ctrl-V',
      [`s\u0000h\u009bo${ctrl(']')}${ctrl('v')}${ctrl('c')}${ctrl('v')}\u001b[31mw${ctrl('\\')}`, 'h1# show▮'],
    ],
    [
      'a line of 10,000 characters is refused with one line, and the next one runs',
      [
        `terminal length ${'x'.repeat(10_000)}${enter}show crypto key${enter}`,
        /xxx\n {2}terminal length x{55}\.\.\.\n {18}\^\n% Invalid input[^\n]*: it is not a whole number\n {2}expected:\n[^\n]*\nh1# show crypto key\nA[^\n]*\nh1# ▮$/,
      ],
    ],
    [
      'a line beyond 64 KiB is not run, not even in part',
      [
        `configure terminal${enter}hostname x ${'x'.repeat(70_000)}${enter}`,
        /xxx\n% the line is longer than 64 KiB\nh1\(config\)# ▮$/,
      ],
      [
        ({ daemon, terminal }) => {
          assert.equal(daemon.engine.config.hostname, 'h1');
          terminal.type(ctrl('z'));
        },
        /\^Z\nh1# ▮$/,
      ],
    ],
  ]);
});
