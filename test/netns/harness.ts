/** How a test gets its network namespaces, and real daemons in them. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Cuts } from '../../lab/cuts.js';
import { Lab } from '../../lab/namespaces.js';
import { Network, type NetworkOptions } from '../../lab/network.js';
import { type MeshOptions, makeMesh } from '../../lab/topology.js';
import { mustAllBeDocumented } from '../log-lines.js';

/** For `test(name, NEEDS_ROOT, …)`. */
export const NEEDS_ROOT = { skip: process.getuid?.() === 0 ? false : 'needs root', timeout: 120_000 };

/**
 * A test with a lab of its own, which is gone when the test ends, however it ends.
 * @param timeout milliseconds until it is given up
 */
export function labTest(
  name: string,
  body: (lab: Lab, t: TestContext) => Promise<void>,
  timeout: number = NEEDS_ROOT.timeout,
): void {
  test(name, { ...NEEDS_ROOT, timeout }, async (t) => {
    const lab = new Lab();
    t.after(() => lab.close());
    await body(lab, t);
  });
}

export interface NetworkTest {
  lab: Lab;
  network: Network;
  cuts: Cuts;
}

/**
 * A test on a network of real daemons (two hosts with two links if not told otherwise) whose links are all up; in the end
 * all of them must still run, end cleanly when asked to, and have logged nothing that docs/events.md does not have.
 */
export function networkTest(
  name: string,
  options: Partial<MeshOptions> & { network?: NetworkOptions },
  body: (test: NetworkTest, t: TestContext) => Promise<void>,
): void {
  labTest(name, async (lab, t) => {
    const { network: networkOptions, ...meshOptions } = options;
    const mesh = makeMesh(lab, { hosts: 2, links: 2, ...meshOptions });
    const network = new Network(lab, mesh, networkOptions);
    await network.start();
    await body({ lab, network, cuts: new Cuts(lab, mesh) }, t);
    for (const daemon of network.daemons) assert.ok(daemon.running, `${daemon.name} ended:\n${daemon.log}`);
    assert.deepEqual(new Set(await network.stop()), new Set([0]));
    for (const daemon of network.daemons) mustAllBeDocumented(daemon.log);
  });
}
