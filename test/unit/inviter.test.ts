/** The inviter in the daemon: a request to join that this host can't work on does no harm. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { CommandQueue } from '../../src/cli/queue.js';
import { emptyConfig, newInterface } from '../../src/config/model.js';
import type { Engine } from '../../src/control/engine.js';
import { JoinAttempt } from '../../src/core/session/enrolment.js';
import type { Invitation } from '../../src/core/session/invitations.js';
import { InvitationStore } from '../../src/daemon/invitation-store.js';
import { Inviter } from '../../src/daemon/inviter.js';
import { createKeyFile } from '../../src/daemon/key-files.js';
import type { LaneClient } from '../../src/daemon/lane-client.js';
import type { FromLane } from '../../src/daemon/lane-messages.js';
import { loadSodium } from '../../src/io/sodium.js';
import { generator, randomBytes } from './handshake-pair.js';

const directory = mkdtempSync(join(tmpdir(), 'sennit-inviter-'));
after(() => rmSync(directory, { recursive: true, force: true }));

it('a request that comes while a key file is missing is dropped, counted, and told of once', async () => {
  const primitives = await loadSodium();
  const random = randomBytes(generator(3));
  const config = { ...emptyConfig(), keyFile: join(directory, 'host.key'), pskFile: join(directory, 'missing') };
  config.interface = newInterface('sennit0');
  config.interface.hostId = 1;
  const secretKey = createKeyFile(config.keyFile);
  const invitation: Invitation = {
    ...{ id: random(8), secret: random(32), peer: 'b', hostId: 2, address: null, expiresAt: Date.now() + 60_000 },
    ...{ state: 'open', endedAt: null, joiner: null },
  };
  await new InvitationStore(directory).save([invitation]);
  const events: string[] = [];
  let receive: (message: FromLane) => void = () => undefined;
  const lane = {
    onMessage: (listener: typeof receive) => {
      receive = listener;
    },
  };
  const inviter = new Inviter(
    { running: () => config } as Engine,
    primitives,
    lane as unknown as LaneClient,
    (_level, event) => events.push(event),
    { startupFile: join(directory, 'none'), stateDirectory: directory, queue: new CommandQueue() },
  );
  const identity = { secretKey: random(32), network: config.network, cipher: config.cipher };
  for (let i = 1; i <= 2; i++) {
    const request = { hostId: 0, ends: [], name: 'joiner' };
    const attempt = JoinAttempt.make(
      ...([primitives, random, invitation, primitives.x25519Base(secretKey), identity, request] as const),
    );
    assert.ok(attempt);
    receive({ type: 'handshake', link: 0, bytes: attempt.bytes, address: new Uint8Array(32) } as FromLane);
    assert.equal(inviter.drops.get('no-identity'), i);
  }
  assert.deepEqual(events, ['join-not-possible']);
  assert.equal(inviter.list()[0]?.state, 'open');
  inviter.close();
});
