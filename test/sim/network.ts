/**
 * The internet between the hosts: datagrams go from endpoint to endpoint, and what happens to them on
 * the way (delay, loss, second copies, cuts) is drawn from the seed. Each direction of each link of each
 * pair of hosts is a *path* with conditions of its own.
 */
import type { Address } from './address.js';
import type { Random } from './random.js';
import type { Schedule } from './schedule.js';

export interface Conditions {
  /** Milliseconds one way. */
  delay: number;
  /** Up to so many milliseconds more, for each datagram anew: datagrams overtake each other. */
  jitter: number;
  /** Share of datagrams that are lost. */
  loss: number;
  /** Share of datagrams that come twice. */
  duplicates: number;
  /** Nothing comes through, and nobody is told. */
  cut: boolean;
  /** Larger datagrams do not come through, and nobody is told. */
  largest: number;
  /** Larger datagrams are fragmented on the way where they may be; others do not come through. */
  whole: number;
}

const PERFECT: Readonly<Conditions> = {
  delay: 5,
  jitter: 0,
  loss: 0,
  duplicates: 0,
  cut: false,
  largest: 65_535,
  whole: 65_535,
};

export interface Datagram {
  readonly bytes: Uint8Array;
  /** Where it seems to come from. */
  readonly source: Address;
}

/** Who waits for datagrams at an address. */
export interface Receiver {
  /** Number of the host, or a negative one for somebody else. */
  readonly host: number;
  receive(datagram: Datagram): void;
}

/** A datagram that was handed to the network, as a wiretap sees it. */
export interface Tapped extends Datagram {
  readonly destination: Address;
  readonly link: number;
  readonly from: number;
  readonly to: number;
}

export class Network {
  /** What holds for paths about which nothing else was said. */
  conditions: Conditions = { ...PERFECT };
  /** Sees every datagram before its fate is drawn. */
  wiretap: ((datagram: Tapped) => void) | null = null;
  /** Datagrams that were handed over. */
  carried = 0;
  readonly #receivers = new Map<Address, Receiver>();
  readonly #paths = new Map<number, Conditions>();

  constructor(
    private readonly schedule: Schedule,
    private readonly random: Random,
  ) {}

  attach(address: Address, receiver: Receiver): void {
    this.#receivers.set(address, receiver);
  }

  detach(address: Address): void {
    this.#receivers.delete(address);
  }

  /** Conditions from one host to another on a link, to be changed at will. */
  path(from: number, to: number, link: number): Conditions {
    const key = (from * 1024 + to) * 8 + link;
    let path = this.#paths.get(key);
    if (path === undefined) {
      path = { ...this.conditions };
      this.#paths.set(key, path);
    }
    return path;
  }

  /**
   * Takes a datagram off the hands of `from` after `queued` ms in its queue.
   * @param solid nobody may fragment it
   * @param piece bytes of the largest piece that its device has cut it into
   */
  carry(
    from: number,
    link: number,
    source: Address,
    destination: Address,
    bytes: Uint8Array,
    queued = 0,
    solid = false,
    piece = bytes.length,
  ): void {
    this.carried++;
    const to = this.#receivers.get(destination)?.host ?? -1;
    this.wiretap?.({ bytes, source, destination, link, from, to });
    const path = this.path(from, to, link);
    if (path.cut || piece > (solid ? Math.min(path.largest, path.whole) : path.largest)) return;
    if (this.random.chance(path.loss)) return;
    const copies = this.random.chance(path.duplicates) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const delay = queued + path.delay + (path.jitter > 0 ? this.random.between(0, path.jitter) : 0);
      this.schedule.after(delay, () => {
        if (!path.cut) this.#receivers.get(destination)?.receive({ bytes, source });
      });
    }
  }

  /** Puts a datagram in front of whoever waits at `destination`, now and for certain. */
  inject(source: Address, destination: Address, bytes: Uint8Array): void {
    this.#receivers.get(destination)?.receive({ bytes, source });
  }
}
