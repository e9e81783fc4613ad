/**
 * Somebody on the way: reads everything, and plays some of it again, as it was or changed, at once or much later, to
 * where it went or to another link, from where it came or from an address of his own.
 */
import { publicAddress } from '../address.js';
import type { Tapped } from '../network.js';
import type { Random } from '../random.js';
import type { Sim } from '../sim.js';

const DELAYS = [0, 1, 20, 400, 2500];
/** An address that is nobody's. */
const STRANGER = publicAddress(4000);

export class Attacker {
  attacks = 0;

  constructor(
    private readonly sim: Sim,
    private readonly random: Random,
    share: number,
  ) {
    if (share === 0) return;
    sim.network.wiretap = (datagram) => {
      if (random.chance(share)) this.#attack(datagram);
    };
  }

  #attack({ bytes, source, destination }: Tapped): void {
    const { sim, random } = this;
    const copy = bytes.slice();
    const forging = random.chance(0.6);
    const host = random.pick(sim.all);
    const to = random.chance(0.2) ? random.pick(host.endpoints).address : destination;
    // A heartbeat that is true and new moves the peer's endpoint to where it came from: who is on the way may do that.
    const from = forging && random.chance(0.3) ? STRANGER : source;
    const forged = forging ? this.#forge(copy) : copy;
    this.attacks++;
    sim.after(random.pick(DELAYS), () => sim.network.inject(from, to, forged));
  }

  #forge(bytes: Uint8Array): Uint8Array {
    const { random } = this;
    switch (random.int(0, 3)) {
      case 0:
        return bytes.subarray(0, random.int(0, bytes.length - 1));
      case 1: // another counter: ahead of all, if it were believed
        if (bytes.length > 16)
          new DataView(bytes.buffer, bytes.byteOffset).setUint32(12, random.word() >>> random.int(4, 31));
        return bytes;
      default:
        bytes[random.int(0, bytes.length - 1)]! ^= 1 << random.int(0, 7);
        return bytes;
    }
  }
}
