/** `show running-config` and `show startup-config`: the text, and the same as data. */
import type { Config, InterfaceConfig, PeerConfig } from '../../config/model.js';
import { byNumber } from '../../config/settings/setting.js';

/** A model as plain data: maps become lists with the number or name in front. */
export function configData(config: Config): object {
  const { hostname, network, cipher, keyFile, pskFile } = config;
  const tap = config.interface;
  return { hostname, network, cipher, keyFile, pskFile, interface: tap === null ? null : interfaceData(tap) };
}

function interfaceData(tap: InterfaceConfig): object {
  const { name, hostId, mtu, macAddress, addresses, description, shutdown, macAging, macLimit } = tap;
  const localLinks = byNumber(tap.localLinks).map(([link, { address, port, device }]) => ({
    link,
    address,
    port,
    device,
  }));
  const peers = [...tap.peers.values()].sort((a, b) => a.id - b.id).map(peerData);
  return { name, hostId, mtu, macAddress, addresses, description, shutdown, macAging, macLimit, localLinks, peers };
}

function peerData(peer: PeerConfig): object {
  const { name, id, publicKey, pskFile, policy, description, shutdown } = peer;
  const links = byNumber(peer.links).map(([link, config]) => {
    const { endpoint, dynamic, priority, weight, interval, hold, pongCount, mtu, shutdown } = config;
    const remote = endpoint === null ? null : { address: endpoint.address, port: endpoint.port };
    return { link, endpoint: remote, dynamic, priority, weight, interval, hold, pongCount, mtu, shutdown };
  });
  return { name, id, publicKey, pskFile, policy, description, shutdown, links };
}
