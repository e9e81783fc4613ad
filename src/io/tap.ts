/**
 * The TAP device: super-frames in and out, each with a virtio-net header (linux/if_tun.h,
 * linux/virtio_net.h). `openTap` runs on the control thread; `Tap` moves frames on the lane.
 */
import type { FrameBatch } from '../core/frame-batch.js';
import { SLOT_HEADROOM, SLOT_SIZE, TAP_AT, TAP_SLOTS } from '../core/layout.js';
import { MAX_FRAME } from '../core/limits.js';
import { VNET_SIZE } from '../core/wire/inner.js';
import { runsAs } from './account.js';
import { raised } from './capabilities.js';
import { EACCES, EAGAIN, EBUSY, EINVAL, EIO, ENOBUFS, ENODEV, ENOENT, ENOMEM, EPERM, errnoName } from './errno.js';
import { arena, close, ioctl, type MappedArena, open, putPointer, read, write, writev } from './syscalls.js';

const O_RDWR = 2;
const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;
const TUNSETIFF = 0x400454ca;
const TUNSETOFFLOAD = 0x400454d0;
const TUNSETVNETHDRSZ = 0x400454d8;
const IFF_TAP = 0x0002;
const IFF_NO_PI = 0x1000;
const IFF_VNET_HDR = 0x4000;
const IFF_TUN_EXCL = 0x8000;

const TUN_F_CSUM = 0x01;
/** What we ask the TAP to leave to us, with the name that `show interface` prints. */
const OFFLOADS: readonly [name: string, bits: number][] = [
  ['tso4', 0x02],
  ['tso6', 0x04],
  ['ecn', 0x08],
  ['uso', 0x20 | 0x40],
];

/** A read or write of a batch stops after this many bytes, so that one batch stays in the cache. */
const BATCH_BYTES = 192 * 1024;

/** struct ifreq. */
const request = arena(40);

export interface OpenTap {
  fd: number;
  /** Names of the offloads that the kernel took, and of those it has not. */
  offloads: string[];
  missing: string[];
}

const DEVICE = '/dev/net/tun';

/**
 * A descriptor of the device that belongs to no interface, -1 for none: for a daemon that may not open the device any
 * more where only root may. Null: this one opens it when it needs it.
 */
let spare: number | null = null;

/** From now on one descriptor is kept for the next TAP. To be called while the device may be opened. */
export function keepSpareTap(): void {
  spare ??= open(DEVICE, O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

/** Closes a descriptor whose interface is gone, or keeps it: the kernel gives it another interface as well. */
export function discardTap(fd: number): void {
  if (spare === null || spare >= 0) close(fd);
  else spare = fd;
}

function openDevice(): number {
  const fd = open(DEVICE, O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd >= 0 || spare === null || spare < 0) return fd;
  const kept = spare;
  spare = -1;
  return kept;
}

function whyNoDevice(errno: number): string {
  if (errno === ENOENT || errno === ENODEV) {
    return `${DEVICE} does not exist: load the module (modprobe tun), or give it to the container`;
  }
  if (errno === EACCES && process.geteuid?.() !== 0) {
    const advice = `let all open it (chmod 666 ${DEVICE}; using it takes CAP_NET_ADMIN besides), or restart the daemon`;
    return `cannot open ${DEVICE}: permission denied: the daemon runs as ${runsAs()}; ${advice}`;
  }
  return `cannot open ${DEVICE}: ${errnoName(errno)}; run as root or with CAP_NET_ADMIN`;
}

/**
 * Creates the TAP `name`, which lives as long as the descriptor unless it is kept (kept-tap.ts).
 * @param attach it is there already, and is taken
 * @throws Error that says what is wrong and what to do.
 */
export function openTap(name: string, attach = false): OpenTap {
  const fd = openDevice();
  if (fd < 0) throw new Error(whyNoDevice(-fd));
  request.bytes.fill(0, 0, 40);
  new TextEncoder().encodeInto(name, request.bytes.subarray(0, 15));
  const flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | (attach ? 0 : IFF_TUN_EXCL);
  request.view.setUint16(16, flags, true);
  const made = raised(() => ioctl(fd, TUNSETIFF, request.address));
  if (made < 0) {
    discardTap(fd);
    const why = attach ? whyNotAttached(-made, name) : whyNoTap(-made, name);
    throw new Error(`cannot ${attach ? 'take over' : 'create'} the interface ${name}: ${why}`);
  }
  return prepared(fd);
}

/** Makes a descriptor that has its TAP ready for frames, whatever was done with it before. */
export function prepared(fd: number): OpenTap {
  request.view.setUint32(0, VNET_SIZE, true);
  ioctl(fd, TUNSETVNETHDRSZ, request.address);
  const offloads = setOffloads(fd);
  const missing = OFFLOADS.map(([offload]) => offload).filter((offload) => !offloads.includes(offload));
  return { fd, offloads, missing };
}

function whyNoTap(errno: number, name: string): string {
  if (errno === EBUSY || errno === EINVAL) {
    return `the name is taken (ip link show ${name}); choose another or stop the program that has it`;
  }
  if (errno === EPERM) return 'permission denied; run as root or with CAP_NET_ADMIN';
  return errnoName(errno);
}

function whyNotAttached(errno: number, name: string): string {
  if (errno === EBUSY) return 'another program has it open; stop that, or choose another name';
  return whyNoTap(errno, name);
}

/** Asks for all offloads; where the kernel refuses, for fewer. */
function setOffloads(fd: number): string[] {
  for (let n = OFFLOADS.length; n > 0; n--) {
    const wanted = OFFLOADS.slice(0, n);
    const bits = wanted.reduce((sum, [, bit]) => sum | bit, TUN_F_CSUM);
    if (ioctl(fd, TUNSETOFFLOAD, bits) >= 0) return wanted.map(([name]) => name);
  }
  ioctl(fd, TUNSETOFFLOAD, 0);
  return [];
}

export class Tap {
  /** Lengths of the frames that `read` put into the TAP slots, with virtio-net header. */
  readonly lengths = new Int32Array(TAP_SLOTS);
  /** System calls made. */
  reads = 0;
  writes = 0;
  /** Frames that the kernel did not take: the interface is administratively down, it had no room, anything else. */
  down = 0;
  full = 0;
  refused = 0;
  bytesWritten = 0;
  /** struct iovec for one frame. */
  private readonly vector = arena(16 * 1024);

  /** @param fd -1 for none. */
  constructor(
    public fd: number,
    private readonly memory: MappedArena,
  ) {}

  /** Reads what waits, at most a batch; returns the number of frames. */
  // HOT PATH
  read(): number {
    let count = 0;
    let bytes = 0;
    while (count < TAP_SLOTS && bytes < BATCH_BYTES) {
      const at = this.memory.address + TAP_AT + count * SLOT_SIZE + SLOT_HEADROOM;
      const length = read(this.fd, at, MAX_FRAME + VNET_SIZE);
      this.reads += 1;
      if (length <= 0) break;
      this.lengths[count++] = length;
      bytes += length;
    }
    return count;
  }

  /** Writes every frame of the batch; one that the kernel refuses is counted and dropped. */
  // HOT PATH
  write(frames: FrameBatch): void {
    const base = this.memory.address;
    for (let i = 0; i < frames.count; i++) {
      const first = frames.firstPiece[i]!;
      const pieces = frames.pieces[i]!;
      let written: number;
      if (pieces === 1) {
        written = write(this.fd, base + frames.pieceOffset[first]!, frames.pieceLength[first]!);
      } else {
        for (let piece = 0; piece < pieces; piece++) {
          putPointer(this.vector.view, piece * 16, base + frames.pieceOffset[first + piece]!);
          this.vector.view.setUint32(piece * 16 + 8, frames.pieceLength[first + piece]!, true);
        }
        written = writev(this.fd, this.vector.address, pieces);
      }
      this.writes += 1;
      if (written < 0) this.dropped(-written);
      else this.bytesWritten += written - VNET_SIZE;
    }
  }

  /** Frames that the kernel did not take, for whatever reason. */
  get writeErrors(): number {
    return this.down + this.full + this.refused;
  }

  /** A frame is never tried again: what it would wait for may take for ever, and the others wait behind it. */
  // HOT PATH
  private dropped(error: number): void {
    if (error === EIO) this.down += 1;
    else if (error === EAGAIN || error === ENOBUFS || error === ENOMEM) this.full += 1;
    else this.refused += 1;
  }
}
