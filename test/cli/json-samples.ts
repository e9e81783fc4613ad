/** What every command that has JSON answers, from a double that has something of everything. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execMode } from '../../src/cli/grammar/modes/exec.js';
import { CommandSession } from '../../src/cli/session.js';
import { Shells } from '../../src/control/shells.js';
import { Journal } from '../../src/log/journal.js';
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
configure terminal
network other
end
configure session s1
hostname h9
end
configure terminal
hostname h7
end
debug links peer b`;

/** Arguments of commands that need some. */
const LINES: Readonly<Record<string, string>> = {
  'show running-config interface': 'show running-config interface t0',
  'show running-config peer': 'show running-config peer b',
  'show archive number': 'show archive 1',
  'show archive diff': 'show archive diff 1',
  'configure replace': 'configure replace startup-config',
  rollback: 'rollback 1',
  invite: 'invite d',
  'test failover': 'test failover peer b link 0',
};

/** The ids of all commands that have JSON. */
export const withJson: readonly string[] = execMode.commands.filter(({ json }) => json === true).map(({ id }) => id);

/** By the id of the command, what it answers. @throws when one is refused */
export async function jsonSamples(): Promise<Map<string, unknown>> {
  const directory = mkdtempSync(join(tmpdir(), 'sennit-json-'));
  try {
    const engine = new EngineDouble();
    engine.keyStatus = { publicKey: KEY, next: KEY, old: { publicKey: KEY, secondsLeft: 60 } };
    const journal = new Journal();
    journal.record({
      time: '2026-01-02T03:04:05.678Z',
      level: 'info',
      event: 'link-up',
      fields: {},
    });
    const options = { startupFile: join(directory, 'sennit.conf'), shells: new Shells(journal) };
    const [session, other] = [new CommandSession(engine, options), new CommandSession(engine, options)];
    const answer = async (line: string): Promise<string> => {
      const { ok, output } = await session.run(line);
      if (!ok) throw new Error(`${line}: ${output}`);
      return output;
    };
    for (const line of SETUP.split('\n')) await answer(line);
    await other.run('configure session s1');
    const samples = new Map<string, unknown>();
    for (const id of withJson) samples.set(id, JSON.parse(await answer(`${LINES[id] ?? id} | json`)));
    return samples;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
