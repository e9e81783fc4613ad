/** Random configurations that are legal. */
import fc from 'fast-check';
import type { Config, InterfaceConfig, LocalLinkConfig, PeerConfig, PeerLinkConfig } from '../../src/config/model.js';

/** Records as the program makes them: with the usual prototype. */
function record<T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record<T>(fields, { noNullPrototype: true });
}

const name = (max: number) => fc.stringMatching(new RegExp(`^[A-Za-z0-9][A-Za-z0-9._-]{0,${max - 1}}$`));
const path = fc.stringMatching(/^\/[A-Za-z0-9._/-]{1,30}$/);
const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  .filter((value) => value.trim() === value && value.length <= 200 && !/[\x00-\x1f\x7f-\x9f]/.test(value));
const orNull = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: null });
const port = fc.oneof(fc.constant(20700), fc.integer({ min: 1, max: 65535 }));
const ipv4 = fc
  .tuple(fc.integer({ min: 1, max: 223 }), fc.nat(255), fc.nat(255), fc.integer({ min: 1, max: 254 }))
  .map((bytes) => bytes.join('.'));
const ipv6 = fc.integer({ min: 1, max: 0xffff }).map((low) => `fd00::${low.toString(16)}`);
const mac = fc
  .uint8Array({ minLength: 5, maxLength: 5 })
  .map((bytes) => ['02', ...[...bytes].map((b) => b.toString(16).padStart(2, '0'))].join(':'));
/** Numbers with a gap before each, so that no two are neighbours; some begin a range. */
const vlans = fc
  .tuple(fc.boolean(), fc.array(fc.tuple(fc.integer({ min: 2, max: 90 }), fc.nat(20)), { maxLength: 12 }))
  .map(([untagged, parts]) => {
    let last = 0;
    const ranges = parts.map(([gap, more]) => {
      const first = last + gap;
      last = first + more;
      return more === 0 ? `${first}` : `${first}-${last}`;
    });
    return [...(untagged || ranges.length === 0 ? ['untagged'] : []), ...ranges].join(',');
  });
const keyBytes = fc.uint8Array({ minLength: 32, maxLength: 32 });

/** Links 0 to 3 are IPv4, the others IPv6, so that both ends of a link always fit. */
const addressOf = (link: number) => (link < 4 ? ipv4 : ipv6);

function localLink(link: number): fc.Arbitrary<LocalLinkConfig> {
  // Ports differ by link, so that no two collide.
  const port = fc.oneof(
    ...(link === 0 ? [fc.constant(20700)] : []),
    fc.integer({ min: 100, max: 200 }).map((n) => n * 8 + link),
  );
  return record({ address: addressOf(link), port, device: orNull(name(15)) });
}

function peerLink(link: number): fc.Arbitrary<PeerLinkConfig> {
  return record({
    endpoint: orNull(record({ address: addressOf(link), port })),
    dynamic: fc.boolean(),
    priority: fc.integer({ min: 0, max: 255 }),
    weight: fc.integer({ min: 1, max: 255 }),
    interval: fc.oneof(fc.constant(100), fc.integer({ min: 10, max: 60000 })),
    hold: fc.oneof(fc.constant(500), fc.integer({ min: 11, max: 600000 })),
    pongCount: fc.integer({ min: 1, max: 255 }),
    description: orNull(text),
    mtu: orNull(fc.integer({ min: 576, max: 65535 })),
    shutdown: fc.boolean(),
  }).map((made) => ({ ...made, hold: Math.max(made.hold, made.interval + 1) }));
}

/** A map over some of the link numbers. */
function linkMap<T>(of: (link: number) => fc.Arbitrary<T>): fc.Arbitrary<Map<number, T>> {
  return fc
    .shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7])
    .chain((links) => fc.tuple(...links.map((link) => of(link).map((made) => [link, made] as const))))
    .map((entries) => new Map(entries));
}

function peer(index: number): fc.Arbitrary<PeerConfig> {
  return record({
    name: name(20).map((made) => `${made}-${index}`),
    id: fc.integer({ min: 1, max: 1000 }).map((n) => n * 8 + index),
    publicKey: orNull(keyBytes.map((bytes) => Buffer.from([...bytes.slice(1), index]).toString('base64'))),
    pskFile: orNull(path),
    policy: fc.constantFrom('passive', 'active', 'round-robin'),
    failoverBuffer: fc.integer({ min: 0, max: 64 }),
    description: orNull(text),
    permitMacs: fc.uniqueArray(mac, { maxLength: 4 }).map((macs) => macs.sort()),
    permitVlans: orNull(vlans),
    macLimit: orNull(fc.integer({ min: 1, max: 65536 })),
    shutdown: fc.boolean(),
    links: linkMap(peerLink),
  });
}

const tap: fc.Arbitrary<InterfaceConfig> = record<InterfaceConfig>({
  name: name(15),
  hostId: orNull(fc.integer({ min: 9000, max: 65535 })),
  mtu: fc.oneof(fc.constant('auto' as const), fc.integer({ min: 576, max: 9000 })),
  macAddress: orNull(mac),
  bridge: orNull(name(15)),
  addresses: fc
    .tuple(
      fc.uniqueArray(ipv4, { maxLength: 3 }).map((all) => all.map((address) => `${address}/24`)),
      fc.uniqueArray(ipv6, { maxLength: 3 }).map((all) => all.map((address) => `${address}/64`)),
    )
    .map(([four, six]) => [...four, ...six]),
  description: orNull(text),
  shutdown: fc.boolean(),
  persistent: fc.boolean(),
  macAging: fc.integer({ min: 10, max: 86400 }),
  macLimit: fc.integer({ min: 16, max: 65536 }),
  moveLimit: orNull(
    record({
      moves: fc.oneof(fc.constant(5), fc.integer({ min: 1, max: 1000 })),
      seconds: fc.oneof(fc.constant(180), fc.integer({ min: 1, max: 3600 })),
      holdOff: fc.oneof(fc.constant(60), fc.integer({ min: 1, max: 86400 })),
    }),
  ),
  stormBroadcast: orNull(fc.integer({ min: 1, max: 10_000_000 })),
  stormMulticast: orNull(fc.integer({ min: 1, max: 10_000_000 })),
  stormUnknownUnicast: orNull(fc.integer({ min: 1, max: 10_000_000 })),
  localLinks: linkMap(localLink),
  peers: fc
    .shuffledSubarray([0, 1, 2, 3], { maxLength: 4 })
    .chain((indexes) => fc.tuple(...indexes.map(peer)))
    .map((peers) => new Map(peers.map((made) => [made.name, made]))),
}).map((made) => ({
  ...made,
  mtu: made.addresses.some((address) => address.includes(':')) ? forIpv6(made.mtu) : made.mtu,
}));

function forIpv6(mtu: InterfaceConfig['mtu']): InterfaceConfig['mtu'] {
  return mtu === 'auto' ? mtu : Math.max(mtu, 1280);
}

export const anyConfig: fc.Arbitrary<Config> = record({
  hostname: orNull(name(63)),
  network: name(63),
  cipher: fc.constantFrom('aes-256-gcm', 'chacha20-poly1305'),
  keyFile: path,
  pskFile: orNull(path),
  vtyTimeout: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 35791 })),
  keyOverlap: fc.oneof(fc.constant(3600), fc.integer({ min: 0, max: 86400 })),
  metrics: orNull(record({ address: fc.oneof(ipv4, ipv6), port: fc.integer({ min: 1, max: 65535 }) })),
  logging: record({
    format: fc.constantFrom('logfmt', 'json'),
    level: fc.constantFrom('error', 'warning', 'info', 'debug'),
    file: orNull(path.map((made) => `${made}.log`)),
  }),
  interface: orNull(tap),
});
