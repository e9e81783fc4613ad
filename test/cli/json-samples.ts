/** What every command that has JSON answers, from a double that has something of everything. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execMode } from '../../src/cli/grammar/modes/exec.js';
import { CommandSession } from '../../src/cli/session.js';
import { Shells } from '../../src/control/shells.js';
import { EngineDouble } from './engine-double.js';

const KEY = 'AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=';

/** A configuration in which every list has an entry. */
const SETUP = `configure terminal
hostname h1
interface t0
ip address 10.0.0.1/24
storm-control broadcast 5
local link 0 address 192.0.2.1 device eth0
peer b id 2
public-key ${KEY}
permit mac 02:00:00:00:00:01
link 0
address 192.0.2.2
peer c id 3
link 1
end
write memory
configure session s1
hostname h2
end
debug all`;

/** Arguments of commands that need some. */
const LINES: Readonly<Record<string, string>> = {
  'show running-config interface': 'show running-config interface t0',
  'show running-config peer': 'show running-config peer b',
  'show session diffs': 'show session diffs s1',
  'show session-config': 'show session-config named s1',
  'show archive number': 'show archive 1',
  'show archive diff': 'show archive diff 1',
  rollback: 'rollback 1',
  'configure replace': 'configure replace startup-config',
  invite: 'invite d',
  'test failover': 'test failover peer b link 0',
  'ping peer': 'ping peer b',
};

/** They change what the others show. */
const LAST = ['rollback', 'configure replace'];

/** The ids of all commands that have JSON. */
export const withJson: readonly string[] = execMode.commands.filter(({ json }) => json === true).map(({ id }) => id);

export const needsArguments = (id: string): boolean => id in LINES;

/** By the id of the command, what it answers. @throws when one is refused */
export async function jsonSamples(): Promise<Map<string, unknown>> {
  const directory = mkdtempSync(join(tmpdir(), 'sennit-json-'));
  try {
    const engine = new EngineDouble();
    engine.keyStatus = { publicKey: KEY, next: KEY, old: { publicKey: KEY, secondsLeft: 60 } };
    const shells = new Shells();
    shells.journal.record({
      time: '2030-01-01T00:00:00.000Z',
      level: 'info',
      event: 'ready',
      fields: { version: '1' },
    });
    const session = new CommandSession(engine, { startupFile: join(directory, 'sennit.conf'), shells });
    const answer = async (line: string): Promise<string> => {
      const { ok, output, stream } = await session.run(line);
      if (!ok) throw new Error(`${line}: ${output}`);
      if (stream === undefined) return output;
      for (;;) {
        const piece = await session.more();
        if (!piece.more) return piece.output;
      }
    };
    for (const line of SETUP.split('\n')) await answer(line);
    const samples = new Map<string, unknown>();
    for (const id of [...withJson.filter((each) => !LAST.includes(each)), ...LAST])
      samples.set(id, JSON.parse(await answer(`${LINES[id] ?? id} | json`)));
    return samples;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
