/** What invitations and admissions make of configurations. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Config, emptyConfig, newInterface, newPeer } from '../../src/config/model.js';
import { render } from '../../src/config/render.js';
import { incomplete, validate } from '../../src/config/validate.js';
import type { InviteOptions } from '../../src/control/enrolment.js';
import type { Admission } from '../../src/core/session/invitations.js';
import type { JoinEnd } from '../../src/core/wire/join.js';
import { planAdmission } from '../../src/daemon/admission-plan.js';
import type { InvitationContent } from '../../src/daemon/invitation-string.js';
import { type Promised, planInvite } from '../../src/daemon/invite-plan.js';
import { mayJoin, planJoin } from '../../src/daemon/join-plan.js';
import type { JoinWay } from '../../src/daemon/join-sockets.js';
import type { HostAddress } from '../../src/io/host-addresses.js';

const KEY = Buffer.alloc(32, 7);
const OTHER_KEY = Buffer.alloc(32, 8);

function held(device: string, address: string, usable = true): HostAddress {
  const family = address.includes(':') ? 6 : 4;
  return { device, family, address, prefixLength: family === 4 ? 24 : 64, usable };
}

const HOST = [
  held('lo', '127.0.0.1', false),
  held('eth0', 'fd00::1'),
  held('eth0', '192.0.2.1'),
  held('eth1', '10.8.8.8'),
  held('eth2', 'fd01::1'),
];

function plan(config: Config, options: Partial<InviteOptions> = {}, promised: Promised = [], host = HOST) {
  const random = (below: number) => Math.min(4, below - 1);
  return planInvite(config, { peer: 'b', id: null, address: null, seconds: 60, ...options }, promised, host, random);
}

function configured(): Config {
  const config = emptyConfig();
  config.interface = { ...newInterface('net0'), hostId: 5, addresses: ['10.0.0.200/24'] };
  config.interface.localLinks.set(2, { address: '0.0.0.0', port: 4000, device: null });
  config.interface.peers.set('p', newPeer('p', 1));
  return config;
}

describe('an invitation', () => {
  it('of a host without a configuration gives it one that works', () => {
    const { config, hostId, joinerId, address, links } = plan(emptyConfig());
    assert.deepEqual([hostId, joinerId, address], [1, 2, '10.5.5.2/24']);
    assert.equal(
      render(config),
      [
        '!',
        'interface sennit0',
        ' host-id 1',
        ' ip address 10.5.5.1/24',
        ' local link 0 address 192.0.2.1',
        ' local link 1 address 10.8.8.8',
        ' local link 2 address fd01::1',
        '',
      ].join('\n'),
    );
    assert.deepEqual([validate(config), incomplete(config)], [[], []]);
    assert.deepEqual(
      links.map((one) => `${one.link} ${one.address} ${one.port}`),
      ['0 192.0.2.1 20700', '1 10.8.8.8 20700', '2 fd01::1 20700'],
    );
  });

  it('never offers a network that the host has an address in', () => {
    let call = 0;
    const random = () => (call++ < 2 ? 4 : 5);
    const host = [...HOST, held('eth3', '10.5.5.77')];
    const options = { peer: 'b', id: null, address: null, seconds: 60 };
    assert.deepEqual(planInvite(emptyConfig(), options, [], host, random).address, '10.6.6.2/24');
    const wide = [{ ...held('eth0', '10.1.2.3'), prefixLength: 8 }];
    assert.throws(() => plan(emptyConfig(), {}, [], wide), /configure an interface/);
  });

  it('of a configured host changes nothing and uses what is there', () => {
    const config = configured();
    const made = plan(config);
    assert.deepEqual(made.config, config);
    assert.deepEqual([made.hostId, made.joinerId, made.address], [5, 2, '10.0.0.197/24']);
    assert.deepEqual(made.links, [{ link: 2, address: '192.0.2.1', port: 4000 }]);
    assert.equal(plan(config, { id: 59 }).address, '10.0.0.254/24');
  });

  it('gives every id another address, and none that is taken', () => {
    const config = configured();
    const seen = new Set<string | null>();
    for (let id = 6; id < 250; id++) {
      if (id === 60 || id === 61) continue; // broadcast and network
      seen.add(plan(config, { id }).address);
    }
    assert.equal(seen.size, 242);
    assert.throws(() => plan(config, { id: 60 }), /no address for host id 60: give the peer one/);
    assert.throws(() => plan(config, { address: '10.0.0.200/24' }), /taken/);
    const promised = [{ peer: 'c', hostId: 2, address: '10.0.0.198/24' }];
    assert.throws(() => plan(config, {}, promised), /10.0.0.198\/24 is taken/);
    assert.equal(plan(config, { address: '10.0.0.9/24' }, promised).joinerId, 3);
    assert.throws(() => plan(config, { id: 2 }, promised), /promised to c/);
    const same = [{ peer: 'b', hostId: 2, address: null }];
    assert.equal(plan(config, {}, same).joinerId, 2, 'the earlier invitation of the same peer counts for nothing');
  });

  it('is refused with what to do', () => {
    assert.throws(() => plan(configured(), { peer: 'p' }), /peer p is configured already/);
    assert.throws(() => plan(configured(), { id: 1 }), /host id 1 is taken/);
    assert.throws(() => plan(configured(), { id: 5 }), /host id 5 is taken/);
    assert.throws(() => plan(emptyConfig(), {}, [], [held('lo', '127.0.0.1', false)]), /no address that others could/);
    assert.throws(() => plan(configured(), {}, [], [held('eth0', 'fd00::1')]), /no local link has an address/);
  });
});

const INVITATION: InvitationContent = {
  cipher: 'chacha20-poly1305',
  id: new Uint8Array(8),
  secret: new Uint8Array(32),
  publicKey: new Uint8Array(KEY),
  expires: 0,
  hostId: 1,
  joinerId: 2,
  network: 'lab',
  name: 'a',
  peer: 'b',
  address: '10.5.5.2/24',
  links: [
    { link: 0, address: '192.0.2.1', port: 20700 },
    { link: 3, address: '192.0.3.1', port: 20701 },
  ],
};
const WAYS = [0, 3].map((link) => ({ link, local: { address: `192.0.${link}.9`, port: 20700 } })) as JoinWay[];

describe('joining', () => {
  it('gives a host without a configuration one that works', () => {
    const { config, peer } = planJoin(emptyConfig(), INVITATION, WAYS);
    assert.equal(peer, 'a');
    assert.deepEqual([validate(config), incomplete(config)], [[], []]);
    assert.equal(
      render(config),
      [
        'network lab',
        'crypto cipher chacha20-poly1305',
        '!',
        'interface sennit0',
        ' host-id 2',
        ' ip address 10.5.5.2/24',
        ' local link 0 address 192.0.0.9',
        ' local link 3 address 192.0.3.9',
        ' !',
        ' peer a id 1',
        `  public-key ${KEY.toString('base64')}`,
        '  link 0',
        '   address 192.0.2.1',
        '  link 3',
        '   address 192.0.3.1 port 20701',
        '',
      ].join('\n'),
    );
  });

  it('adds only the peer to a member', () => {
    const config = configured();
    const before = structuredClone(config);
    config.interface?.peers.set('a', newPeer('a', 9));
    const { config: next, peer } = planJoin(config, { ...INVITATION, hostId: 12 }, WAYS.slice(0, 1));
    assert.equal(peer, 'a-12');
    next.interface?.peers.delete('a-12');
    next.interface?.peers.delete('a');
    next.interface?.localLinks.delete(0);
    assert.deepEqual(next, before);
  });

  it('is refused where it would contradict what is configured', () => {
    const refused = (config: Config, message: RegExp, own: string | null = null, change = {}) =>
      assert.throws(() => mayJoin(config, own, { ...INVITATION, ...change }), { message });
    refused(emptyConfig(), /own invitation/, KEY.toString('base64'));
    refused(configured(), /is for network lab, this host is in network sennit/);
    refused({ ...emptyConfig(), network: 'else' }, /this host is in network else/);
    refused(configured(), /uses chacha20-poly1305, this host aes-256-gcm/, null, { network: 'sennit' });
    const fits = { network: 'sennit', cipher: 'aes-256-gcm' };
    refused(configured(), /peer p/, null, fits);
    refused(configured(), /own id 5/, null, { ...fits, hostId: 5 });
    const known = configured();
    Object.assign(known.interface?.peers.get('p') ?? {}, { publicKey: KEY.toString('base64') });
    refused(known, /is a peer of this host already: p/, null, { ...fits, hostId: 9 });
    mayJoin(emptyConfig(), null, INVITATION);
    mayJoin(configured(), null, { ...INVITATION, ...fits, hostId: 9 } as InvitationContent);
  });
});

describe('an admission', () => {
  const end = (address: string): JoinEnd => ({ address: Uint8Array.from(address.split('.').map(Number)), port: 20700 });

  function admission(hostId: number, ends: (JoinEnd | null)[]): Admission {
    const invitation = { peer: 'b', hostId: 2 } as Admission['invitation'];
    const request = { hostId, ends, name: 'x' };
    return { invitation, request, publicKey: new Uint8Array(OTHER_KEY), proof: '', opened: {} as Admission['opened'] };
  }

  const inviter = () => plan(emptyConfig()).config;

  it('configures an end only where the request came from it', () => {
    const ends = [end('192.0.2.9'), end('10.8.8.9'), null, end('9.9.9.9')];
    const ways = new Map([
      [0, { address: '192.0.2.9' }],
      [1, { address: '203.0.113.1' }],
    ]);
    const made = planAdmission(inviter(), admission(0, ends), null, ways);
    assert.ok('config' in made);
    const peer = made.config.interface?.peers.get('b');
    assert.equal(peer?.id, 2);
    assert.equal(peer?.publicKey, OTHER_KEY.toString('base64'));
    assert.deepEqual(
      [...(peer?.links ?? [])].map(([link, { endpoint }]) => [link, endpoint?.address ?? null]),
      [
        [0, '192.0.2.9'],
        [1, null],
      ],
      'behind a translator it is learned; a link that we have not is left out',
    );
  });

  it('keeps the id of a member, if it is free', () => {
    const made = planAdmission(inviter(), admission(77, [end('192.0.2.9')]), null, new Map());
    assert.equal('config' in made && made.config.interface?.peers.get('b')?.id, 77);
    const taken = planAdmission(inviter(), admission(1, [end('192.0.2.9')]), null, new Map());
    assert.equal('refusal' in taken && taken.refusal.status, 'host-id-taken');
    const next = inviter();
    next.interface?.peers.set('q', newPeer('q', 2));
    const promised = planAdmission(next, admission(0, [end('192.0.2.9')]), null, new Map());
    assert.deepEqual('refusal' in promised && promised.refusal.reason, 'host id 2 is that of q');
  });

  it('is refused when nothing would come of it', () => {
    const refused = (config: Config, ends: (JoinEnd | null)[], own: string | null = null) => {
      const made = planAdmission(config, admission(0, ends), own, new Map());
      assert.equal('refusal' in made && made.refusal.status, 'refused');
    };
    refused(inviter(), []);
    refused(emptyConfig(), [end('192.0.2.9')]);
    refused(inviter(), [end('192.0.2.9')], OTHER_KEY.toString('base64'));
    const named = inviter();
    named.interface?.peers.set('b', newPeer('b', 9));
    refused(named, [end('192.0.2.9')]);
  });
});
