/**
 * Packets above a size vanish on a link of a mesh, as at a router that neither fragments nor says anything: rules of
 * nftables at the bridge's forward hook in the switch's namespace, as in `cuts.ts`. Sizes are bytes of IP packets.
 *
 * A veth hands over trains of datagrams as one packet, whose length says nothing; so the hosts' devices cut them.
 */
import { ipBatch, type Lab } from './namespaces.js';
import { type Mesh, portName } from './topology.js';

export class PathLimits {
  readonly #limits = new Map<number, number>();

  constructor(
    private readonly lab: Lab,
    private readonly mesh: Mesh,
  ) {
    if (mesh.switchNamespace === null) throw new Error('only a mesh has a switch that can drop');
    for (const { namespace } of mesh.hosts) {
      ipBatch(
        namespace,
        mesh.mtu.map((_, link) => `link set l${link} gso_max_segs 1`),
      );
    }
  }

  /** From now on larger packets between any two hosts vanish on a link; null: none do. */
  set(link: number, bytes: number | null): void {
    if (bytes === null) this.#limits.delete(link);
    else this.#limits.set(link, bytes);
    const rules = [...this.#limits].flatMap(([each, most]) =>
      this.mesh.hosts.flatMap((host) => [
        `iifname "${portName(host, each)}" ether type ip ip length > ${most} drop`,
        `iifname "${portName(host, each)}" ether type ip6 ip6 length > ${most - 40} drop`,
      ]),
    );
    const table = [
      'table bridge limits',
      'delete table bridge limits',
      'table bridge limits {',
      ' chain forward {',
      '  type filter hook forward priority 1; policy accept;',
      ...rules.map((rule) => `  ${rule}`),
      ' }',
      '}',
    ];
    this.lab.exec(this.mesh.switchNamespace ?? '', ['nft', '-f', '-'], `${table.join('\n')}\n`);
  }
}
