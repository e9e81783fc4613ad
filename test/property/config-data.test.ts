/** `show running-config | json` holds all that is in the model. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { configData } from '../../src/cli/show/config.js';
import { load } from '../../src/config/load.js';
import { newInterface, newPeer, newPeerLink } from '../../src/config/model.js';
import { anyConfig } from './config-arbitrary.js';

/** The lists of the data, and what their entries are known by in the model. */
const MAPS: Record<string, 'link' | 'name'> = { localLinks: 'link', links: 'link', peers: 'name' };

/** From the data back to the model. */
function revived(name: string, value: unknown): unknown {
  const key = MAPS[name];
  if (key === undefined || !Array.isArray(value)) return value;
  return new Map(
    value.map((entry) => {
      const { link, ...fields } = entry;
      return key === 'link' ? [link, fields] : [entry.name, entry];
    }),
  );
}

it('the model can be made from the data again', () => {
  fc.assert(
    fc.property(anyConfig, (config) => {
      assert.deepEqual(JSON.parse(JSON.stringify(configData(config)), revived), config);
    }),
    { numRuns: 200 },
  );
});

it('every field of the model is there, in the order of the model, lists in the order of their numbers', () => {
  const lines = ['interface t', 'local link 1 address 10.0.0.1', 'local link 0 address 10.0.0.2', 'peer c id 3'];
  const loaded = load([...lines, 'link 2', 'link 0', 'exit', 'exit', 'peer a id 2'].join('\n'), 'test');
  assert.ok(loaded.ok);
  const data = JSON.parse(JSON.stringify(configData(loaded.config)));
  assert.deepEqual(Object.keys(data), Object.keys(loaded.config));
  assert.deepEqual(Object.keys(data.interface), Object.keys(newInterface('t')));
  assert.deepEqual(
    data.interface.localLinks.map(({ link }: { link: number }) => link),
    [0, 1],
  );
  const [a, c] = data.interface.peers;
  assert.deepEqual([a.name, c.name], ['a', 'c']);
  assert.deepEqual(Object.keys(c), Object.keys(newPeer('c', 3)));
  assert.deepEqual(
    c.links.map(({ link }: { link: number }) => link),
    [0, 2],
  );
  for (const link of c.links) assert.deepEqual(Object.keys(link), ['link', ...Object.keys(newPeerLink())]);
});
