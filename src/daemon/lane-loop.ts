/** The loop of the lane thread: waits for the kernel, feeds the core, does what control asks. */
import { performance } from 'node:perf_hooks';
import { LANE } from '../core/counters.js';
import type { Aead } from '../core/crypto/aead.js';
import { Lane } from '../core/lane.js';
import { ARENA_SIZE, PEER_ADDRESS_AT, peerAddress, RESEND_SIZE } from '../core/layout.js';
import { ADDRESS_STRIDE, LINKS } from '../core/limits.js';
import type { Cause } from '../core/link/health.js';
import { queueRows } from '../core/queues.js';
import type { LaneSink } from '../core/state.js';
import { holdCapabilities, keepCapabilities } from '../io/capabilities.js';
import { Wakeup } from '../io/eventfd.js';
import { LinkMonitor } from '../io/link-monitor.js';
import { NodeAead } from '../io/node-aead.js';
import { OpensslAead } from '../io/openssl.js';
import { POLLERR, POLLIN, Poller } from '../io/poller.js';
import { callingThread } from '../io/scheduling.js';
import { arena, evp } from '../io/syscalls.js';
import { Tap } from '../io/tap.js';
import { UdpReceiver } from '../io/udp-receiver.js';
import { UdpSender } from '../io/udp-sender.js';
import { bindToDevice } from '../io/udp-socket.js';
import { debugTap } from './debug-tap.js';
import { LaneCaptures } from './lane-captures.js';
import type { FromLane, LaneEndpoint, LaneStart, MacRows, ToLane } from './lane-messages.js';
import { LanePrecedence } from './lane-precedence.js';

/** Nice value of the lane while it is no real-time thread. */
const NICE = -10;

// Places in the poll set; sockets follow.
const WAKEUP = 0;
const MONITOR = 1;
const TAP = 2;
/** Milliseconds between two questions to the kernel about local links: the answer takes a part of one. */
const ASK_INTERVAL = 50;
const SOCKETS = 3;

export class LaneLoop {
  private readonly memory = arena(ARENA_SIZE + RESEND_SIZE);
  private readonly counters: Float64Array;
  private readonly lane: Lane;
  private readonly tap = new Tap(-1, this.memory);
  private readonly receiver = new UdpReceiver(this.memory);
  private readonly sender: UdpSender;
  private readonly monitor = new LinkMonitor();
  private readonly poller = new Poller(SOCKETS + LINKS);
  private readonly wakeup: Wakeup;
  private readonly precedence: LanePrecedence;
  /** Null while nothing is captured. */
  private captures: LaneCaptures | null = null;
  private readonly endpoints: (LaneEndpoint | null)[] = new Array<LaneEndpoint | null>(LINKS).fill(null);
  private now = performance.now();
  /** When the kernel was last asked how a local link is, and whether that is still to be dealt with. */
  private askedAt = Number.NEGATIVE_INFINITY;
  private isAnswered = false;
  /** When it ends. */
  private stopAt = Number.POSITIVE_INFINITY;

  constructor(
    start: LaneStart,
    private readonly post: (message: FromLane) => void,
    private readonly fetch: () => ToLane | undefined,
  ) {
    this.precedence = new LanePrecedence(callingThread(NICE), this.now);
    this.counters = new Float64Array(start.counters);
    this.wakeup = new Wakeup(start.wakeupFd);
    this.sender = new UdpSender(
      this.memory,
      (link) => this.readErrors(link),
      (link) => this.whyUnusable(link),
      (link) => post({ type: 'no-segmentation', link }),
    );
    const openssl = evp();
    const aead: Aead = openssl === null ? new NodeAead(this.memory) : new OpensslAead(openssl, this.memory);
    const options = { arena: this.memory, counters: this.counters, aead, sink: this.sink(), seed: start.seed };
    this.lane = new Lane(options, this.now);
    this.lane.pings.tell = (number, outcome, ms) => {
      // The core counts up to the beginning of this round; an answer may have come within it.
      const late = outcome === 'answered' ? performance.now() - this.now : 0;
      post({ type: 'pinged', number, outcome, ms: ms + late });
    };
    this.poller.set(WAKEUP, start.wakeupFd);
    this.poller.set(MONITOR, this.monitor.fd);
    post({ type: 'ready', now: this.now, aead: openssl === null ? 'node' : 'openssl' });
  }

  /** Runs until control says stop. */
  // HOT PATH
  run(): void {
    while (this.now < this.stopAt) {
      const wait = Math.min(this.lane.nextTimeout(), this.stopAt) - performance.now();
      const ready = this.poller.wait(wait);
      this.now = performance.now();
      this.counters[LANE.loops]! += 1;
      if (ready > 0) this.serve();
      if (this.isAnswered) this.localChanges();
      if (this.lane.nextTimeout() <= this.now) this.lane.onTimeout(this.now);
      if (this.precedence.nextAt <= this.now) this.precedence.review(this.now);
    }
    this.monitor.close();
    this.post({ type: 'stopped' });
  }

  /** Says goodbye, and listens for what is still on its way. What waits in the TAP is for whoever has it next. */
  private end(): void {
    this.poller.set(TAP, -1);
    this.stopAt = this.now + this.lane.close(this.now);
  }

  /** Each source is served once, a batch at most, so that none starves another. */
  // HOT PATH
  private serve(): void {
    const { poller } = this;
    if (poller.events(WAKEUP) !== 0) this.messages();
    if (poller.events(MONITOR) !== 0) this.localChanges();
    for (let link = 0; link < LINKS; link++) {
      const events = poller.events(SOCKETS + link);
      if (events === 0) continue;
      if ((events & POLLERR) !== 0) this.readErrors(link);
      if ((events & POLLIN) !== 0) this.receive(link);
    }
    const events = poller.events(TAP);
    if (events === 0 || this.tap.fd < 0) return;
    if ((events & POLLERR) !== 0) this.tapLost();
    else this.transmit();
  }

  // HOT PATH
  private receive(link: number): void {
    const fd = this.sender.fds[link]!;
    if (fd < 0 || !this.receiver.receive(fd)) return;
    if (this.captures !== null) this.captures.received(link, this.receiver.batch);
    this.lane.onDatagrams(link, this.receiver.batch, this.now);
    this.counters[LANE.receiveCalls] = this.receiver.calls;
    this.counters[LANE.rxTruncated] = this.receiver.truncated;
  }

  // HOT PATH
  private transmit(): void {
    const count = this.tap.read();
    if (this.captures !== null) this.captures.read(count, this.tap.lengths);
    if (count > 0) this.lane.onFrames(count, this.tap.lengths, this.now);
    this.counters[LANE.tapReads] = this.tap.reads;
    this.counters[LANE.sendCalls] = this.sender.calls;
  }

  /** Somebody has deleted the interface under us. */
  private tapLost(): void {
    this.post({ type: 'tap-lost', fd: this.tap.fd });
    this.tap.fd = -1;
    this.poller.set(TAP, -1);
  }

  private sink(): LaneSink {
    return {
      transmit: (batch) => {
        this.sender.transmit(batch);
        if (this.captures !== null) this.captures.sent(batch);
      },
      deliver: (frames) => {
        if (this.tap.fd < 0) return;
        if (this.captures !== null) this.captures.written(frames);
        this.tap.write(frames);
        this.countWrites();
      },
      handshake: (link, offset, length, addressOff) => this.handshakeIn(link, offset, length, addressOff),
      linkChanged: (peer, link, state, cause) => this.post({ type: 'link', peer, link, state, cause }),
      confirmed: (peer, localIndex) => this.post({ type: 'confirmed', peer, localIndex }),
      handshakeNeeded: (peer, why) => this.post({ type: 'handshake-needed', peer, why }),
      failover: (report) => this.post({ type: 'failover', report }),
      pathMtu: (report) => this.post({ type: 'path-mtu', report }),
      alarm: (alarm) => this.post({ type: 'alarm', alarm }),
    };
  }

  // HOT PATH
  private countWrites(): void {
    const { counters, tap } = this;
    counters[LANE.tapWrites] = tap.writes;
    counters[LANE.tapTxFrames] = tap.writes - tap.writeErrors;
    counters[LANE.tapTxBytes] = tap.bytesWritten;
    counters[LANE.tapWriteErrors] = tap.writeErrors;
    counters[LANE.tapWriteDown] = tap.down;
    counters[LANE.tapWriteFull] = tap.full;
    counters[LANE.tapWriteRefused] = tap.refused;
  }

  /** Copies a handshake message to the control thread. */
  private handshakeIn(link: number, offset: number, length: number, addressOff: number): void {
    const { bytes } = this.memory;
    const address = bytes.slice(addressOff, addressOff + ADDRESS_STRIDE);
    this.post({ type: 'handshake', link, bytes: bytes.slice(offset, offset + length), address });
  }

  private readErrors(link: number): void {
    const fd = this.sender.fds[link]!;
    if (fd < 0) return;
    this.receiver.errors(
      fd,
      (addressOff) => this.lane.onUnreachable(link, addressOff, this.now),
      (addressOff, mtu) => this.lane.onTooLarge(link, addressOff, mtu, this.now),
    );
  }

  /** A device drops what it is given: has it lost its carrier, or just too much to send? */
  private whyUnusable(link: number): Cause | null {
    const now = performance.now();
    if (now - this.askedAt < ASK_INTERVAL) return null;
    this.askedAt = now;
    const cause = this.monitor.whyUnusable(link);
    if (cause !== null) this.isAnswered = true;
    return cause;
  }

  private localChanges(): void {
    this.isAnswered = false;
    this.monitor.drain((link, usable, mtu, cause) => {
      const endpoint = this.endpoints[link];
      const headers = endpoint?.v6 ? 48 : 28;
      // The kernel remembers a device by its index: one that was made anew must be bound anew.
      if (usable && endpoint?.device) bindToDevice(endpoint.fd, endpoint.device);
      this.lane.setLocalLink(link, usable, mtu, headers, cause === 'ok' ? 'none' : cause, this.now);
      this.post({ type: 'local-link', link, usable, mtu, cause });
    });
  }

  private messages(): void {
    this.wakeup.hear();
    for (let message = this.fetch(); message !== undefined; message = this.fetch()) this.obey(message);
  }

  private obey(message: ToLane): void {
    const { lane, now } = this;
    switch (message.type) {
      case 'tap':
        this.tap.fd = message.fd;
        this.poller.set(TAP, message.fd);
        return lane.setUdpTrains(message.uso);
      case 'cipher':
        return lane.setCipher(message.cipher);
      case 'local-link':
        return this.setEndpoint(message.link, message.endpoint);
      case 'peer':
        return lane.setPeer(message.peer, message.hostId, message.policy, message.buffer);
      case 'remove-peer':
        return lane.removePeer(message.peer, now);
      case 'link':
        return lane.setLink(message.peer, message.link, message.settings, message.address, now);
      case 'remove-link':
        return lane.removeLink(message.peer, message.link, now);
      case 'mute':
        return lane.mute(message.peer, message.link, message.ms, now);
      case 'keys':
        return lane.installKeys(message.keys, now);
      case 'expire-keys':
        return lane.expireKeys(message.peer, message.localIndex, now);
      case 'drop-session':
        return lane.dropSession(message.peer, now);
      case 'handshake':
        return lane.sendHandshake(message.bytes, message.peer, message.link, message.address, now, message.except);
      case 'mac-aging':
        return lane.state.macs.setAging(message.ms);
      case 'mac-limit':
        return lane.state.setMacLimit(message.limit);
      case 'guard':
        return lane.setGuard(message.peer, message.guard);
      case 'move-limit':
        return lane.state.macs.setMoveLimit(message.limit);
      case 'storm':
        return lane.state.storm.setRates(message.rates);
      case 'mac-clear':
        return lane.state.macs.clear();
      case 'mac-list':
        return this.post({ type: 'macs', rows: this.macRows() });
      case 'queues':
        return this.post({ type: 'queues', rows: queueRows(lane.state), sendLimits: this.sender.queueLimits() });
      case 'addresses':
        return this.post({ type: 'addresses', records: this.addressRecords() });
      case 'keep-capabilities':
        return keepCapabilities();
      case 'hold-capabilities':
        return holdCapabilities(message.set);
      case 'debug':
        lane.state.trace = debugTap(
          message.topics,
          () => this.now,
          (event) => this.post({ type: 'traced', event }),
        );
        return;
      case 'ping':
        return lane.ping(message.peer, message.link, message.number, message.size, message.whole, performance.now());
      case 'capture':
        this.captures ??= new LaneCaptures(lane.state);
        return this.captures.start(message.id, message.filter, message.ring);
      case 'end-capture':
        this.captures?.stop(message.id);
        if (this.captures?.isEmpty) this.captures = null;
        return;
      case 'sync':
        return this.post({ type: 'synced', id: message.id });
      case 'stop':
        return this.end();
    }
  }

  private setEndpoint(link: number, endpoint: LaneEndpoint | null): void {
    this.endpoints[link] = endpoint;
    this.sender.setSocket(link, endpoint?.fd ?? -1, endpoint?.v6 ?? false, endpoint?.gso ?? false);
    this.poller.set(SOCKETS + link, endpoint?.fd ?? -1);
    this.monitor.watch(link, endpoint === null ? null : { address: endpoint.address, device: endpoint.device });
    if (endpoint === null) this.lane.setLocalLink(link, false, 1500, 28, 'shutdown', this.now);
    this.localChanges();
  }

  /** Copies the MAC table as numbers: what text is made of them is the control thread's work. */
  private macRows(): MacRows {
    const { macs } = this.lane.state;
    const rows = {
      hi: new Uint16Array(macs.size),
      lo: new Int32Array(macs.size),
      peer: new Int32Array(macs.size),
      ageMs: new Float64Array(macs.size),
      heldMs: new Float64Array(macs.size),
    };
    let row = 0;
    macs.forEach((hi, lo, peer, lastSeen, heldUntil) => {
      rows.hi[row] = hi;
      rows.lo[row] = lo;
      rows.peer[row] = peer;
      rows.heldMs[row] = Math.max(0, heldUntil - this.now);
      rows.ageMs[row++] = this.now - lastSeen;
    });
    return rows;
  }

  /** One copy for all, since frames wait meanwhile. */
  private addressRecords(): Uint8Array {
    const peers = this.lane.state.members.reduce((most, { index }) => Math.max(most, index + 1), 0);
    return this.memory.bytes.slice(PEER_ADDRESS_AT, peerAddress(peers, 0));
  }
}
