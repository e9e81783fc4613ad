/**
 * What the shell shows, at 80x24, from a real network: three hosts with two links each, traffic, a link that fails and
 * comes back, a drill. tmux is the terminal. Writes docs/screens.md: `npm run screens`.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Cuts } from './cuts.js';
import { SENNIT } from './daemon.js';
import { Lab } from './namespaces.js';
import { Network, tunnelAddress } from './network.js';
import { makeMesh } from './topology.js';

const COLUMNS = 80;
const ROWS = 24;
const PATIENCE_MS = 20_000;

const DOCUMENT = fileURLToPath(new URL('../../docs/screens.md', import.meta.url));

const HEAD = `# What the shell shows

Screens of ${COLUMNS}x${ROWS} characters, as tmux has them, from a run of three hosts with two links each (\`npm run screens\`
makes this document anew): pings from h1 to h2 and h3, link 0 of h1 cut at the switch for some seconds, then
\`test failover peer h3 link 1\`.
`;

interface Shot {
  readonly title: string;
  /** What is typed, one after the other; each waits until the screen shows what stands behind it. */
  readonly steps: readonly (readonly [keys: string, shows: RegExp])[];
  /** Milliseconds to wait before the screen is taken. */
  readonly wait?: number;
}

const PROMPT = /^h1[^ ]*# *$/m;

const SHOTS: readonly Shot[] = [
  { title: '`monitor`', steps: [['monitor\r', /^PEER\/LINK/m]], wait: 12_000 },
  { title: '`show links`', steps: [['show links\r', /^h3[^#]*^h1# *$/ms]] },
  { title: '`show failovers`', steps: [['show failovers\r', /by 'test failover'[^#]*^h1# *$/ms]] },
  { title: '`ping peer h2 count 3`', steps: [['ping peer h2 count 3\r', /Max ms[^#]*^h1# *$/ms]] },
  { title: '`?` in exec mode', steps: [['?', /--More--|^h1# *$/m]] },
  {
    title: '`?` in interface mode',
    steps: [
      ['configure terminal\r', /config\)/],
      ['interface sn0\r', /config-if\)/],
      ['\x0c', PROMPT],
      ['?', /--More--|no +Undo/],
    ],
  },
  {
    title: '`?` within a line, of a link of a peer',
    steps: [
      ['configure terminal\r', /config\)/],
      ['interface sn0\r', /config-if\)/],
      ['peer h2\r', /config-peer\)/],
      ['link 0\r', /config-link\)/],
      ['\x0c', PROMPT],
      ['?', /--More--|no +Undo/],
      ['timers ?', /<\d+-\d+>[^#]*# timers *$/ms],
    ],
  },
];

class Tmux {
  static #made = 0;
  /** A name of its own: a server that was told to end may not be gone yet. */
  readonly #server = `sennit-screens-${process.pid}-${++Tmux.#made}`;
  readonly #home: string;

  /** @param home where the shell keeps its history */
  constructor(home: string) {
    this.#home = home;
  }

  /** Runs a program in a terminal of its own, to its end. */
  start(command: readonly string[]): void {
    const quoted = command.map((word) => `'${word}'`).join(' ');
    this.#run('-f', '/dev/null', 'new-session', '-d', '-x', String(COLUMNS), '-y', String(ROWS), quoted);
  }

  type(keys: string): void {
    this.#run('send-keys', '-l', keys);
  }

  screen(): string {
    return this.#run('capture-pane', '-p');
  }

  async shows(what: RegExp): Promise<void> {
    const end = Date.now() + PATIENCE_MS;
    while (!what.test(this.screen())) {
      if (Date.now() > end) throw new Error(`the screen never showed ${what}:\n${this.screen()}`);
      await sleep(50);
    }
  }

  stop(): void {
    try {
      this.#run('kill-server');
    } catch {
      // It has ended by itself.
    }
  }

  #run(...args: string[]): string {
    const env = { ...process.env, LC_ALL: 'C.UTF-8', HOME: this.#home };
    return execFileSync('tmux', ['-L', this.#server, ...args], { encoding: 'utf8', env, stdio: 'pipe' });
  }
}

async function take({ steps, wait = 0 }: Shot, socket: string, home: string): Promise<string> {
  const tmux = new Tmux(home);
  tmux.start([process.execPath, SENNIT, '--socket', socket]);
  try {
    await tmux.shows(PROMPT);
    for (const [keys, shows] of steps) {
      tmux.type(keys);
      await tmux.shows(shows);
    }
    await sleep(wait);
    return tmux.screen().trimEnd();
  } finally {
    tmux.stop();
  }
}

async function history(lab: Lab, network: Network, cuts: Cuts): Promise<void> {
  for (const [id, interval] of [
    [2, '0.005'],
    [3, '0.02'],
  ] as const) {
    lab
      .spawn(network.host(1).namespace, ['ping', '-q', '-s', '1200', '-i', interval, tunnelAddress(id)])
      .stdout?.resume();
  }
  await sleep(1000);
  cuts.silentDrop(network.host(1), 0, 'both');
  await sleep(3000);
  cuts.restore(network.host(1), 0, 'both');
  await network.waitLinksUp();
  await network.daemon(1).must('test failover peer h3 link 1 seconds 2');
}

const lab = new Lab();
try {
  const mesh = makeMesh(lab, { hosts: 3, links: 2 });
  const network = new Network(lab, mesh);
  await network.start();
  await history(lab, network, new Cuts(lab, mesh));
  const parts = [HEAD];
  for (const shot of SHOTS) {
    const screen = await take(shot, network.daemon(1).socket, lab.directory);
    parts.push(`## ${shot.title}\n\n\`\`\`text\n${screen}\n\`\`\`\n`);
  }
  writeFileSync(DOCUMENT, parts.join('\n'));
  process.stdout.write(`${DOCUMENT} is written\n`);
  await network.stop();
} finally {
  lab.close();
}
