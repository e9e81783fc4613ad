/** The file of invitations: what it keeps, and what it does not give away. */
import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { Invitation } from '../../src/core/session/invitations.js';
import { InvitationStore } from '../../src/daemon/invitation-store.js';

const root = mkdtempSync(join(tmpdir(), 'sennit-invitations-'));
after(() => rmSync(root, { recursive: true, force: true }));
let made = 0;

const SECRET = Uint8Array.from({ length: 32 }, (_, i) => 200 - i);
const INVITATION: Invitation = {
  id: new Uint8Array(8).fill(9),
  secret: SECRET,
  peer: 'b',
  hostId: 2,
  address: null,
  expiresAt: 1_800_000_000_000,
  state: 'open',
  endedAt: null,
  joiner: null,
};

function place(): { directory: string; file: string } {
  const directory = join(root, `${++made}`, 'state');
  mkdirSync(directory, { recursive: true });
  return { directory, file: join(directory, 'invitations.json') };
}

describe('the file of invitations', () => {
  it('is read as it was written, and is for its owner only', async () => {
    const { directory, file } = place();
    assert.deepEqual(new InvitationStore(directory).load(), []);
    await new InvitationStore(directory).save([INVITATION]);
    assert.deepEqual(new InvitationStore(directory).load(), [INVITATION]);
    assert.equal(lstatSync(file).mode & 0o777, 0o600);
  });

  it('that is damaged says so, and not what it holds', async () => {
    const { directory, file } = place();
    await new InvitationStore(directory).save([INVITATION]);
    const text = readFileSync(file, 'utf8').trim();
    const secret = Buffer.from(SECRET).toString('base64');
    for (let at = 0; at < text.length; at++) {
      for (const damaged of [`${text.slice(0, at)}"${text.slice(at)}`, text.slice(0, at)]) {
        writeFileSync(file, damaged);
        assert.throws(
          () => new InvitationStore(directory).load(),
          ({ message }: Error) => {
            for (let i = 0; i + 4 <= secret.length; i++) assert.ok(!message.includes(secret.slice(i, i + 4)), message);
            return message.includes('is not a list of invitations');
          },
        );
      }
    }
  });

  it('is no way out of the directory, which may belong to another user than the daemon', async () => {
    const { directory, file } = place();
    const elsewhere = join(directory, '..', 'elsewhere');
    writeFileSync(elsewhere, '[]');
    symlinkSync(elsewhere, file);
    assert.throws(() => new InvitationStore(directory).load(), /ELOOP/);
    await new InvitationStore(directory).save([INVITATION]);
    assert.equal(readFileSync(elsewhere, 'utf8'), '[]');
    assert.ok(lstatSync(file).isFile());
  });
});
