/**
 * Lines at the prompt: right ones, wrong ones and garbage, in every mode. The shell answers each with
 * words, a refused line changes nothing, and what runs is always a configuration that could be loaded.
 */
import assert from 'node:assert/strict';
import { complete } from '../../../src/cli/grammar/complete.js';
import { help } from '../../../src/cli/grammar/help.js';
import { match } from '../../../src/cli/grammar/match.js';
import type { Role } from '../../../src/cli/grammar/privilege.js';
import type { ModeName } from '../../../src/cli/grammar/token.js';
import { tree } from '../../../src/cli/grammar/tree.js';
import { isBlank } from '../../../src/cli/grammar/words.js';
import { CommandSession } from '../../../src/cli/session.js';
import { filtered } from '../../../src/cli/shell/filters.js';
import { load } from '../../../src/config/load.js';
import { render } from '../../../src/config/render.js';
import { validate } from '../../../src/config/validate.js';
import { EngineDouble } from '../../cli/engine-double.js';
import type { Random } from '../../sim/random.js';
import { anyLine, legalLine, mutateText } from '../mutate-text.js';
import type { Target } from '../target.js';

const MODES = Object.keys(tree) as ModeName[];
/** Can't be written or read: files are not what is looked at here. */
const STARTUP_FILE = '/proc/none/sennit.conf';

let engine = new EngineDouble();
let session: CommandSession | null = null;
let faults: unknown[] = [];
let role: Role = 'admin';

export const commandLine: Target = {
  name: 'command-line',
  life: 500,
  quick: 150,

  begin(random) {
    engine = new EngineDouble();
    faults = [];
    role = random.chance(0.8) ? 'admin' : 'reader';
    session = newSession();
  },

  async run(random, note) {
    const text = line(random);
    note(new TextEncoder().encode(text));
    const mode = random.pick(MODES);
    asked(mode, text);
    await typed(random, text);
  },
};

function newSession(): CommandSession {
  return new CommandSession(engine, { startupFile: STARTUP_FILE, role, report: (error) => faults.push(error) });
}

function line(random: Random): string {
  // Where the session is, more often than elsewhere.
  const mode = MODES.find((name) => tree[name].prompt !== null && session!.prompt.includes(`(${tree[name].prompt})`));
  const text = random.chance(0.7) ? legalLine(random, tree[mode ?? 'exec']) : anyLine(random);
  return random.chance(0.5) ? text : mutateText(random, text);
}

/** What `?`, TAB and the matcher make of it, without a session. */
function asked(mode: ModeName, text: string): void {
  if (!isBlank(text)) {
    const found = match(mode, text);
    if ('error' in found) assert.ok(found.error.column >= 0 && found.error.column <= text.length);
  }
  assert.equal(typeof help(mode, text), 'string');
  const { insert, candidates } = complete(mode, text, () => ['a', 'b', '0']);
  if (candidates.length === 0) assert.equal(insert, '');
  if (candidates.length === 1) assert.ok(insert.endsWith(' '));
}

async function typed(random: Random, text: string): Promise<void> {
  const before = render(engine.config);
  const applied = engine.applied.length;
  if (random.chance(0.1)) assert.equal(typeof session!.help(text), 'string');
  if (random.chance(0.1)) assert.ok(Array.isArray(session!.complete(text).candidates));
  const { ok, output, prompt, closed, column, filters = [] } = await session!.run(text);
  assert.deepEqual(faults, [], 'an internal error');
  assert.ok(prompt.endsWith(role === 'admin' ? '#' : '>'), prompt);
  assert.equal(
    typeof filtered(
      output,
      filters.filter(({ id }) => id !== 'redirect'),
    ),
    'string',
  );
  if (closed) session = newSession();
  if (role === 'reader')
    assert.deepEqual([engine.applied.length, engine.macsCleared], [0, 0], 'a reader changes nothing');
  if (!ok) {
    assert.ok(output.startsWith('% '), output);
    assert.ok(column !== undefined && column >= 0 && column <= text.length);
    assert.equal(engine.applied.length, applied, 'a refused line changed something');
  }
  const after = render(engine.config);
  if (after === before) return;
  assert.deepEqual(validate(engine.config), []);
  const loaded = load(after, 'running-config');
  assert.ok(loaded.ok, 'what runs does not load');
  assert.deepEqual(loaded.config, engine.config);
}
