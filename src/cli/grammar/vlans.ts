/** Lists of VLANs as people type them (`20-29,10,untagged`), and the one canonical text that the model holds. */

/** Bounds a line, and what a reader can take in. Canonical text is never longer than what it was read from. */
export const MAX_VLAN_TEXT = 1000;
/** IEEE 802.1Q: 0 is no VLAN, 4095 is reserved. */
const MAX_VLAN = 4094;
const UNTAGGED = 'untagged';

/** The VLANs in the list, 0 for `untagged`; null for text that is no list. */
export function readVlans(text: string): Set<number> | null {
  const vlans = new Set<number>();
  for (const part of text.toLowerCase().split(',')) {
    if (part === UNTAGGED) {
      vlans.add(0);
      continue;
    }
    const range = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part);
    if (range === null) return null;
    const first = Number(range[1]);
    const last = Number(range[2] ?? range[1]);
    if (first < 1 || last > MAX_VLAN || first > last) return null;
    for (let vlan = first; vlan <= last; vlan++) vlans.add(vlan);
  }
  return vlans;
}

/** `untagged` first, then ids and ranges in order, neighbours together. */
export function vlanText(vlans: ReadonlySet<number>): string {
  const parts: string[] = vlans.has(0) ? [UNTAGGED] : [];
  for (let vlan = 1; vlan <= MAX_VLAN; vlan++) {
    if (!vlans.has(vlan)) continue;
    const first = vlan;
    while (vlans.has(vlan + 1)) vlan++;
    parts.push(first === vlan ? `${first}` : `${first}-${vlan}`);
  }
  return parts.join(',');
}
