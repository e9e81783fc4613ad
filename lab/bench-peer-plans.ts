/** Keys, configurations and command lines of the other tunnels; everything lies in the lab's own directory. */
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from './namespaces.js';
import { type Host, linkAddress, type Mesh } from './topology.js';

export interface PeerPlan {
  /** The TAP device that it makes. */
  device: string;
  /** The largest frame's payload whose datagram fits the underlay. */
  mtu: number;
  /** The program, which stays in the foreground and logs to its standard output or error. */
  command(host: Host): string[];
}

/** The underlay's MTU without the headers of IPv4 and UDP. */
const LARGEST_DATAGRAM = 1500 - 28;
const ETHERNET_HEADER = 14;

/** Opcode with peer id, packet number, tag. */
const OPENVPN_OVERHEAD = 4 + 4 + 16;
const OPENVPN_MTU = LARGEST_DATAGRAM - OPENVPN_OVERHEAD - ETHERNET_HEADER;

/**
 * OpenVPN 2.6: TLS between two hosts that know the fingerprints of each other's certificates. `fast-io` saves a
 * system call a packet. No data channel offload: the kernel module carries no Ethernet frames.
 */
export function openvpn(lab: Lab, mesh: Mesh, cipher: string): PeerPlan {
  const device = 'ov0';
  const files = new Map(
    mesh.hosts.map((host) => {
      const [key, certificate] = [join(lab.directory, `${host.name}.pem`), join(lab.directory, `${host.name}.crt`)];
      const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
      const subject = ['-x509', '-days', '30', '-subj', `/CN=${host.name}`];
      run('openssl', ['req', ...curve, ...subject, '-keyout', key, '-out', certificate]);
      const { fingerprint256 } = new X509Certificate(readFileSync(certificate));
      return [host, { key, certificate, fingerprint: fingerprint256 }];
    }),
  );
  const command = (host: Host): string[] => {
    const peer = other(mesh, host);
    const own = must(files.get(host));
    return [
      ...['openvpn', '--dev', device, '--dev-type', 'tap', '--disable-dco', '--proto', 'udp4'],
      ...['--local', linkAddress(host.id, 0), '--remote', linkAddress(peer.id, 0)],
      ...(host.id === 1 ? ['--tls-server', '--dh', 'none'] : ['--tls-client']),
      ...['--key', own.key, '--cert', own.certificate, '--peer-fingerprint', must(files.get(peer)).fingerprint],
      ...['--data-ciphers', cipher, '--tun-mtu', `${OPENVPN_MTU}`, '--mssfix', '0', '--fast-io'],
      ...['--sndbuf', '2097152', '--rcvbuf', '2097152', '--txqueuelen', '1000', '--verb', '3'],
    ];
  };
  return { device, mtu: OPENVPN_MTU, command };
}

/** Bytes that tinc cuts off its HMAC. */
const TINC_MAC = 4;
const AES_BLOCK = 16;
/** What fills whole blocks with at least one byte of padding, without the packet number. */
const TINC_FRAME = Math.floor((LARGEST_DATAGRAM - TINC_MAC) / AES_BLOCK) * AES_BLOCK - 1 - 4;
const TINC_MTU = TINC_FRAME - ETHERNET_HEADER;

/**
 * tinc 1.0 with its defaults, AES-256-CBC and SHA-256: AES-128 and SHA-1 are no faster on a processor that has
 * instructions for all of them. The path MTU is not searched for, because until it is found large
 * frames go through a TCP connection.
 */
export function tinc(lab: Lab, mesh: Mesh): PeerPlan {
  const device = 'ti0';
  const directory = (host: Host) => join(lab.directory, `tinc-${host.name}`);
  const encoding = { type: 'pkcs1', format: 'pem' } as const;
  const keys = mesh.hosts.map((host) => ({
    host,
    ...generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: encoding, privateKeyEncoding: encoding }),
  }));
  for (const { host, privateKey } of keys) {
    mkdirSync(join(directory(host), 'hosts'), { recursive: true });
    write(join(directory(host), 'rsa_key.priv'), [privateKey]);
    write(join(directory(host), 'tinc.conf'), [
      `Name = ${host.name}`,
      'Mode = switch',
      `Interface = ${device}`,
      'AddressFamily = ipv4',
      `ConnectTo = ${other(mesh, host).name}`,
      'UDPRcvBuf = 2097152',
      'UDPSndBuf = 2097152',
    ]);
    for (const each of keys) {
      write(join(directory(host), 'hosts', each.host.name), [
        `Address = ${linkAddress(each.host.id, 0)}`,
        'Cipher = aes-256-cbc',
        'Digest = sha256',
        'PMTUDiscovery = no',
        each.publicKey,
      ]);
    }
  }
  const command = (host: Host) => [
    ...['tincd', '--no-detach', '--debug=1', `--config=${directory(host)}`],
    `--pidfile=${join(directory(host), 'pid')}`,
  ];
  return { device, mtu: TINC_MTU, command };
}

/** Packet number with flags, tag. */
const FASTD_OVERHEAD = 8 + 16;
const FASTD_MTU = LARGEST_DATAGRAM - FASTD_OVERHEAD - ETHERNET_HEADER;
const FASTD_PORT = 10000;

/** fastd: AES-128-GCM, the fastest of its authenticated methods where the processor knows AES. */
export function fastd(lab: Lab, mesh: Mesh): PeerPlan {
  const device = 'fd0';
  const config = (host: Host) => join(lab.directory, `fastd-${host.name}.conf`);
  const keys = new Map(mesh.hosts.map((host) => [host, fastdKeys()]));
  for (const host of mesh.hosts) {
    const peer = other(mesh, host);
    write(config(host), [
      'mode tap;',
      `interface "${device}";`,
      `mtu ${FASTD_MTU};`,
      'method "aes128-gcm";',
      `bind ${linkAddress(host.id, 0)}:${FASTD_PORT};`,
      `secret "${must(keys.get(host)).secret}";`,
      `peer "${peer.name}" {`,
      `  key "${must(keys.get(peer)).key}";`,
      // One calls, the other waits: when both call at once, each may keep another session.
      ...(host.id === 1 ? [`  remote ${linkAddress(peer.id, 0)}:${FASTD_PORT};`] : []),
      '}',
    ]);
  }
  return { device, mtu: FASTD_MTU, command: (host) => ['fastd', '--config', config(host)] };
}

function fastdKeys(): { secret: string; key: string } {
  const [, secret, key] = /Secret: (\w+)\s+Public: (\w+)/.exec(run('fastd', ['--generate-key'])) ?? [];
  return { secret: must(secret), key: must(key) };
}

function other(mesh: Mesh, host: Host): Host {
  return must(mesh.hosts.find((each) => each !== host));
}

function write(path: string, lines: string[]): void {
  writeFileSync(path, `${lines.join('\n')}\n`, { mode: 0o600 });
}

function run(program: string, args: string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('something is missing that was made just before');
  return value;
}
