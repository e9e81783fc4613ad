/** Properties of configurations: printing and loading, and the list of differences. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { complete } from '../../src/cli/grammar/complete.js';
import { help } from '../../src/cli/grammar/help.js';
import { match } from '../../src/cli/grammar/match.js';
import { errorText, withCaret } from '../../src/cli/grammar/message.js';
import type { ModeName } from '../../src/cli/grammar/token.js';
import { tree } from '../../src/cli/grammar/tree.js';
import { start, stepsOf } from '../../src/cli/grammar/walk.js';
import { isBlank } from '../../src/cli/grammar/words.js';
import type { Change } from '../../src/config/diff.js';
import { diff } from '../../src/config/diff.js';
import { formatError, load } from '../../src/config/load.js';
import type { Config, InterfaceConfig, PeerConfig } from '../../src/config/model.js';
import { newInterface, newPeer } from '../../src/config/model.js';
import { render } from '../../src/config/render.js';
import { validate } from '../../src/config/validate.js';
import { anyConfig } from './config-arbitrary.js';

/** Models to print and load; 10,000 take a minute. */
const RUNS = Number(process.env.SENNIT_CONFIGS ?? 300);

describe('printing and loading', () => {
  it('gives the same model, and the same text again', () => {
    fc.assert(
      fc.property(anyConfig, (config) => {
        assert.deepEqual(validate(config), []);
        const text = render(config);
        const result = load(text, 'printed');
        assert.ok(result.ok, result.ok ? '' : result.errors.map(formatError).join('\n'));
        assert.deepEqual(result.config, config);
        assert.equal(render(result.config), text);
      }),
      { numRuns: RUNS },
    );
  });

  it('does not depend on indentation', () => {
    fc.assert(
      fc.property(anyConfig, (config) => {
        const flat = render(config).replace(/^ +/gm, '');
        const result = load(flat, 'printed');
        assert.ok(result.ok && render(result.config) === render(config));
      }),
      { numRuns: 50 },
    );
  });
});

/** Does what a daemon does: takes over from `wanted` only what the change names. */
function applyChange(config: Config, wanted: Config, change: Change): void {
  const tap = config.interface as InterfaceConfig;
  const to = wanted.interface as InterfaceConfig;
  const peerOf = (from: InterfaceConfig, name: string) => from.peers.get(name) as PeerConfig;
  switch (change.kind) {
    case 'network':
      for (const field of change.fields) Object.assign(config, { [field]: wanted[field] });
      return;
    case 'vty-timeout':
      config.vtyTimeout = wanted.vtyTimeout;
      return;
    case 'key-overlap':
      config.keyOverlap = wanted.keyOverlap;
      return;
    case 'hostname':
      config.hostname = wanted.hostname;
      return;
    case 'metrics':
      config.metrics = wanted.metrics;
      return;
    case 'logging':
      config.logging = wanted.logging;
      return;
    case 'interface-remove':
      config.interface = null;
      return;
    case 'interface-create': {
      const { localLinks, peers } = newInterface('');
      config.interface = { ...to, localLinks, peers };
      return;
    }
    case 'interface-rename':
      tap.name = change.to;
      return;
    case 'interface-change':
      for (const field of change.fields) Object.assign(tap, { [field]: to[field] });
      return;
    case 'local-link-remove':
      assert.ok(tap.localLinks.delete(change.link));
      return;
    case 'local-link-set':
      tap.localLinks.set(change.link, to.localLinks.get(change.link) as never);
      return;
    case 'peer-remove':
      assert.ok(tap.peers.delete(change.name));
      return;
    case 'peer-add':
      assert.ok(!tap.peers.has(change.name));
      tap.peers.set(change.name, { ...peerOf(to, change.name), links: newPeer('', 1).links });
      return;
    case 'peer-change':
    case 'peer-identity':
      for (const field of change.fields)
        Object.assign(peerOf(tap, change.name), { [field]: peerOf(to, change.name)[field] });
      return;
    case 'peer-link-remove':
      assert.ok(peerOf(tap, change.peer).links.delete(change.link));
      return;
    case 'peer-link-set':
      peerOf(tap, change.peer).links.set(change.link, peerOf(to, change.peer).links.get(change.link) as never);
  }
}

describe('the list of differences', () => {
  it('is empty for equal models and otherwise leads from one to the other', () => {
    fc.assert(
      fc.property(anyConfig, anyConfig, (running, wanted) => {
        assert.deepEqual(diff(running, structuredClone(running)), []);
        const config = structuredClone(running);
        for (const change of diff(running, wanted)) applyChange(config, wanted, change);
        assert.deepEqual(config, wanted);
      }),
      { numRuns: 300 },
    );
  });

  it('names only the peer that was changed', () => {
    fc.assert(
      fc.property(anyConfig, fc.nat(), fc.nat(6), (config, which, what) => {
        const peers = [...(config.interface?.peers.values() ?? [])];
        const chosen = peers[which % Math.max(peers.length, 1)];
        fc.pre(chosen !== undefined);
        const next = structuredClone(config);
        const tap = next.interface as InterfaceConfig;
        const peer = tap.peers.get(chosen.name) as PeerConfig;
        const edits = [
          () => (peer.shutdown = !peer.shutdown),
          () => (peer.id = 64000),
          () => (peer.description = 'changed'),
          () => tap.peers.delete(peer.name),
          () => peer.links.clear(),
          () => (peer.publicKey = Buffer.alloc(32, 255).toString('base64')),
          () => {
            for (const link of peer.links.values()) link.weight = (link.weight % 255) + 1;
          },
        ];
        edits[what]?.();
        for (const change of diff(config, next)) {
          const named = 'peer' in change ? change.peer : 'name' in change ? change.name : null;
          assert.equal(named, chosen.name, JSON.stringify(change));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('puts what goes away before what is new', () => {
    fc.assert(
      fc.property(anyConfig, anyConfig, (running, wanted) => {
        const kinds = diff(running, wanted).map(({ kind }) => kind.endsWith('-remove'));
        assert.deepEqual(
          kinds,
          [...kinds].sort((a, b) => Number(b) - Number(a)),
        );
      }),
      { numRuns: 100 },
    );
  });
});

describe('anything typed', () => {
  const modes = Object.keys(tree) as ModeName[];
  const words = modes.flatMap((mode) =>
    stepsOf(start(tree[mode])).map(({ token }) => (token.type === 'word' ? token.word : '1')),
  );
  const pieces = fc.oneof(
    fc.constantFrom(
      ...words,
      'address',
      'link',
      '0',
      '1',
      '|',
      'json',
      'id',
      '10.0.0.1',
      '10.0.0.1/8',
      'no',
      'do',
      '!',
      '\t',
    ),
    fc.string({ unit: 'binary', maxLength: 12 }),
  );
  const line = fc.oneof(
    fc.array(pieces, { maxLength: 8 }).map((some) => some.join(' ')),
    fc.string({ unit: 'binary' }),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('utf8')),
    fc.string({ minLength: 9000, maxLength: 12000 }),
  );

  it('never throws, and the caret is always within reach of the line', () => {
    fc.assert(
      fc.property(fc.constantFrom(...modes), line, (mode, typed) => {
        assert.equal(typeof help(mode, typed), 'string');
        for (const candidate of complete(mode, typed, () => ['a']).candidates) assert.ok(candidate.length > 0);
        if (isBlank(typed)) return;
        const found = match(mode, typed);
        if ('match' in found) return;
        assert.ok(found.error.column >= 0 && found.error.column <= typed.length);
        assert.match(errorText(found.error), /^% (Ambiguous|Incomplete|Invalid)/);
        assert.match(withCaret(typed, found.error.column, ''), /\^$/);
      }),
      { numRuns: 3000 },
    );
  });

  it('loads or is refused with a place, and what loads is legal', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
        const result = load(lines.join('\n'), 'random');
        if (result.ok) assert.deepEqual(validate(result.config), []);
        else for (const error of result.errors) assert.match(formatError(error), /^random:\d+: %/);
      }),
      { numRuns: 500 },
    );
  });

  it('takes every abbreviation that only one keyword begins with', () => {
    for (const mode of modes) {
      const own = new Set(
        stepsOf(start(tree[mode])).flatMap(({ token, after }) =>
          token.type === 'word' && after.command.hidden !== true ? [token.word] : [],
        ),
      );
      for (const keyword of own) {
        for (let length = 1; length <= keyword.length; length++) {
          const short = keyword.slice(0, length);
          const fits = [...own].filter((other) => other.startsWith(short));
          const found = match(mode, short);
          const ambiguous = 'error' in found && found.error.kind === 'ambiguous';
          assert.equal(ambiguous, fits.length > 1 && !own.has(short), `${mode}: ${short}`);
          assert.ok(!('error' in found) || found.error.kind !== 'invalid', `${mode}: ${short}`);
        }
      }
    }
  });
});
