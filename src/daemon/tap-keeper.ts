/**
 * How a TAP lives through a restart of the daemon, where the configuration says `persistent`. The kernel keeps the
 * interface with its addresses, routes and bridge. Its descriptor goes to the service manager besides: as long as
 * somebody has that open the interface has carrier, and frames wait in its queue for the daemon to come back.
 */
import { interfaceInfo } from '../io/interface-setup.js';
import { inheritedTap, keepTap, whyNotTaken } from '../io/kept-tap.js';
import { givenDescriptors, type ServiceManager } from '../io/service-manager.js';
import { close } from '../io/syscalls.js';
import { type OpenTap, openTap, prepared } from '../io/tap.js';

/** The name under which the service manager holds the descriptor. */
const NAME = 'tap';

/** Where the TAP of a name was found: nowhere, so that it was made; in the kernel; with the service manager. */
export type Origin = 'made' | 'kernel' | 'service-manager';

export class TapKeeper {
  readonly #given: number[];
  #held: boolean;

  /** @param environment tells what the service manager gave us at our start */
  constructor(
    private readonly manager: ServiceManager | null,
    environment: NodeJS.ProcessEnv,
  ) {
    this.#given = givenDescriptors(NAME, environment);
    this.#held = this.#given.length > 0;
  }

  /**
   * Opens the TAP `name`: the one that was kept for us, or a new one.
   * @param persistent what the configuration says of it
   * @throws Error that says what is wrong and what to do
   */
  open(name: string, persistent: boolean): OpenTap & { origin: Origin } {
    const given = this.#take(name);
    if (given !== null) return { ...prepared(given), origin: 'service-manager' };
    const present = interfaceInfo(name);
    if (present === null) return { ...openTap(name), origin: 'made' };
    const why = whyNotTaken(name, present, persistent);
    if (why !== null) throw new Error(`cannot create the interface ${name}: ${why}`);
    return { ...openTap(name, true), origin: 'kernel' };
  }

  /** The service manager holds this descriptor from now on; null: none any more. */
  hold(fd: number | null): void {
    if (this.#held) this.manager?.release(NAME);
    this.#held = fd !== null;
    if (fd !== null) this.manager?.keep(NAME, fd);
  }

  /** The configuration is there: what was kept for another interface than it has goes. */
  settle(): void {
    if (this.#given.length > 0) this.#take(null);
  }

  /** The descriptor that was given for the TAP `name`. Others belong to what the configuration does not want any more. */
  #take(name: string | null): number | null {
    const given = this.#given.splice(0);
    let found: number | null = null;
    for (const fd of given) {
      const belongsTo = inheritedTap(fd);
      if (belongsTo !== null && belongsTo === name && found === null) {
        found = fd;
        continue;
      }
      if (belongsTo !== null && belongsTo !== name) keepTap(fd, false);
      close(fd);
    }
    // Without any, what it holds is a TAP that we use.
    if (found === null && given.length > 0) this.hold(null);
    return found;
  }
}
