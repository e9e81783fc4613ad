/**
 * The TAP device: super-frames in and out, each with a virtio-net header (linux/if_tun.h,
 * linux/virtio_net.h). `openTap` runs on the control thread; `Tap` moves frames on the lane.
 */
import type { FrameBatch } from '../core/frame-batch.js';
import { SLOT_HEADROOM, SLOT_SIZE, TAP_AT, TAP_SLOTS } from '../core/layout.js';
import { MAX_FRAME } from '../core/limits.js';
import { VNET_SIZE } from '../core/wire/inner.js';
import { EAGAIN, EBUSY, EINVAL, EIO, ENOBUFS, ENODEV, ENOENT, ENOMEM, EPERM, errnoName } from './errno.js';
import { arena, close, ioctl, type MappedArena, open, putPointer, read, write, writev } from './syscalls.js';

const O_RDWR = 2;
const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;
const TUNSETIFF = 0x400454ca;
const TUNSETOFFLOAD = 0x400454d0;
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

/**
 * Creates the TAP `name`; it lives as long as the descriptor.
 * @throws Error that says what is wrong and what to do.
 */
export function openTap(name: string): OpenTap {
  const fd = open('/dev/net/tun', O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd === -ENOENT || fd === -ENODEV) {
    throw new Error('/dev/net/tun does not exist: load the module (modprobe tun), or give it to the container');
  }
  if (fd < 0) throw new Error(`cannot open /dev/net/tun: ${errnoName(-fd)}; run as root or with CAP_NET_ADMIN`);
  request.bytes.fill(0, 0, 40);
  new TextEncoder().encodeInto(name, request.bytes.subarray(0, 15));
  request.view.setUint16(16, IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | IFF_TUN_EXCL, true);
  const made = ioctl(fd, TUNSETIFF, request.address);
  if (made < 0) {
    close(fd);
    throw new Error(`cannot create the interface ${name}: ${whyNoTap(-made, name)}`);
  }
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
