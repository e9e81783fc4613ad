/** Two changes of one model: what differs, what they are together, and the difference as text. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { merge } from '../../src/config/merge.js';
import type { Config, InterfaceConfig, PeerConfig } from '../../src/config/model.js';
import { newInterface, newPeer, newPeerLink } from '../../src/config/model.js';
import { differences, overlap, type Path, partsOf } from '../../src/config/model-tree.js';
import { render } from '../../src/config/render.js';
import { textDiff } from '../../src/config/text-diff.js';
import { anyConfig } from './config-arbitrary.js';

const RUNS = 60;

/** What a person may do to a configuration, each to another setting. */
const EDITS: readonly ((config: Config) => void)[] = [
  (config) => {
    config.hostname = 'edited';
  },
  (config) => {
    config.network = 'edited';
  },
  (config) => {
    config.keyOverlap = 17;
  },
  (config) => {
    tapOf(config).description = 'edited';
  },
  (config) => {
    tapOf(config).mtu = 1333;
  },
  (config) => {
    tapOf(config).addresses = tapOf(config).addresses.slice(1);
  },
  (config) => {
    tapOf(config).addresses = [...tapOf(config).addresses, 'fd99:9::9/64'];
  },
  (config) => {
    tapOf(config).peers.set('edited', newPeer('edited', 64000));
  },
  (config) => {
    tapOf(config).localLinks.delete([...tapOf(config).localLinks.keys()][0] ?? 0);
  },
  (config) => onPeer(config, 0, (peer) => tapOf(config).peers.delete(peer.name)),
  (config) => onPeer(config, 1, (peer) => Object.assign(peer, { shutdown: !peer.shutdown })),
  (config) => onPeer(config, 1, (peer) => Object.assign(peer, { description: 'edited' })),
  (config) => onPeer(config, 1, (peer) => Object.assign(peer, { permitMacs: ['02:00:00:00:00:01'] })),
  (config) => onPeer(config, 2, (peer) => peer.links.clear()),
  (config) => onPeer(config, 3, (peer) => peer.links.set(7, { ...newPeerLink(), priority: 9 })),
];

function tapOf(config: Config): InterfaceConfig {
  config.interface ??= newInterface('edited0');
  return config.interface;
}

function onPeer(config: Config, index: number, act: (peer: PeerConfig) => void): void {
  const peer = [...tapOf(config).peers.values()][index];
  if (peer !== undefined) act(peer);
}

const edits = fc.uniqueArray(fc.nat(EDITS.length - 1), { maxLength: 4 });

function edited(base: Config, which: readonly number[]): Config {
  const config = structuredClone(base);
  for (const index of which) EDITS[index]?.(config);
  return config;
}

const leafAt = (config: Config, path: Path): unknown => {
  let value: unknown = config;
  for (const [depth, part] of path.entries()) value = partsOf(value, path.slice(0, depth))?.get(part);
  return value;
};

describe('two changes of one model', () => {
  it('are both in the merged one, if they touch different things', () => {
    fc.assert(
      fc.property(anyConfig, edits, edits, (base, left, right) => {
        const [mine, theirs] = [edited(base, left), edited(base, right)];
        const [ours, others] = [differences(base, mine), differences(base, theirs)];
        fc.pre(!ours.some((path) => others.some((other) => overlap(path, other))));
        const { config, conflicts } = merge(base, mine, theirs, 'mine');
        assert.deepEqual(conflicts, []);
        for (const path of ours) assert.deepEqual(leafAt(config, path), leafAt(mine, path), path.join(' '));
        for (const path of others) assert.deepEqual(leafAt(config, path), leafAt(theirs, path), path.join(' '));
        assert.equal(
          differences(base, config).filter((path) => ![...ours, ...others].some((other) => overlap(path, other)))
            .length,
          0,
        );
      }),
      { numRuns: RUNS },
    );
  });

  it('conflict where they touch the same and differ, and then one of them is taken', () => {
    fc.assert(
      fc.property(anyConfig, anyConfig, anyConfig, fc.boolean(), edits, edits, (base, a, b, related, left, right) => {
        const [mine, theirs] = related ? [edited(base, left), edited(base, right)] : [a, b];
        const one = merge(base, mine, theirs, 'mine');
        const other = merge(base, theirs, mine, 'theirs');
        // Addresses of both are in the order of one or the other.
        const lines = [one, other].map(({ config }) => render(config).split('\n').sort());
        assert.deepEqual(lines[0], lines[1]);
        assert.deepEqual(new Set(one.conflicts.map(String)), new Set(other.conflicts.map(String)));
        const unlike = merge(base, mine, theirs, 'theirs');
        if (one.conflicts.length === 0) assert.equal(render(unlike.config), render(one.config));
        for (const path of one.conflicts) {
          assert.ok(isDeepStrictEqual(leafAt(one.config, path), leafAt(mine, path)), path.join(' '));
          assert.ok(isDeepStrictEqual(leafAt(unlike.config, path), leafAt(theirs, path)), path.join(' '));
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('are one when the other does nothing, or the same', () => {
    fc.assert(
      fc.property(anyConfig, anyConfig, (base, changed) => {
        for (const [mine, theirs] of [
          [changed, base],
          [base, changed],
          [changed, changed],
        ] as const) {
          const { config, conflicts } = merge(base, mine, theirs, 'mine');
          assert.deepEqual(conflicts, []);
          assert.deepEqual(config, changed);
        }
        assert.deepEqual(differences(base, structuredClone(base)), []);
        assert.equal(differences(base, changed).length === 0, isDeepStrictEqual(base, changed));
      }),
      { numRuns: RUNS },
    );
  });
});

describe('the difference as text', () => {
  it('takes away and adds what makes one of the other', () => {
    const lines = (text: string) => text.split('\n').filter((line) => line.trim() !== '' && line.trim() !== '!');
    fc.assert(
      fc.property(anyConfig, anyConfig, edits, fc.boolean(), (before, other, which, related) => {
        const after = related ? edited(before, which) : other;
        const left = lines(render(before));
        for (const { op, text } of textDiff(render(before), render(after))) {
          if (op === '+') left.push(text);
          else {
            const at = left.indexOf(text);
            assert.ok(at >= 0, `${op}${text}`);
            if (op === '-') left.splice(at, 1);
          }
        }
        assert.deepEqual(left.sort(), lines(render(after)).sort());
      }),
      { numRuns: RUNS },
    );
  });

  it('names the blocks around a line, and nothing else that is in both', () => {
    const text = 'a\n!\ninterface t0\n x\n !\n peer b id 2\n  link 0\n   one\n  link 1\n';
    const diff = textDiff(text, text.replace('one', 'two').replace('a\n', ''));
    assert.deepEqual(
      diff.map(({ op, text }) => `${op}${text}`),
      ['-a', ' interface t0', '  peer b id 2', '   link 0', '-   one', '+   two'],
    );
    assert.deepEqual(textDiff(text, text), []);
    assert.deepEqual(
      textDiff('a\nb\nc\n', 'c\na\nb\n').map(({ op, text }) => `${op}${text}`),
      ['+c', '-c'],
    );
    const many = ['interface t0', ...Array.from({ length: 200_000 }, (_, id) => ` peer p${id}`)].join('\n');
    assert.equal(textDiff('interface t0\n', many).length, 200_001);
  });
});
