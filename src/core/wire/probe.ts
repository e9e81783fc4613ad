/**
 * Path MTU probes, kind 6, and their answers, kind 7.
 *
 *     0 kind = 6   1 link   2 length u16   4 number u32   8 padding, not looked at
 *     0 kind = 7   1 link   2 length u16   4 number u32
 *
 * `length` is that of the probe's whole plaintext: it must be what came. The answer repeats everything but the
 * padding, and goes back on the link that the probe came in on. Sizes of packets are the sender's affair.
 */
import type { Arena } from '../arena.js';
import { KIND_PROBE, KIND_PROBE_ANSWER } from './transport.js';

/** Bytes of the smallest probe, and of every answer. */
export const PROBE_SIZE = 8;
/** The length is a u16. */
export const MAX_PROBE = 65_535;

const LINK = 1;
const LENGTH = 2;
const NUMBER = 4;

/** Writes the head of a probe of `length` bytes; what lies behind is the padding. */
export function writeProbe(view: DataView, at: number, link: number, length: number, number: number): void {
  view.setUint8(at, KIND_PROBE);
  view.setUint8(at + LINK, link);
  view.setUint16(at + LENGTH, length, true);
  view.setInt32(at + NUMBER, number, true);
}

/** Writes the answer to the probe at `probe`. */
export function writeProbeAnswer(view: DataView, at: number, probe: number): void {
  view.setUint8(at, KIND_PROBE_ANSWER);
  view.setUint8(at + LINK, view.getUint8(probe + LINK));
  view.setUint16(at + LENGTH, view.getUint16(probe + LENGTH, true), true);
  view.setInt32(at + NUMBER, view.getInt32(probe + NUMBER, true), true);
}

/** Whether the plaintext of `length` bytes at `at` is a probe. */
export function probeIsValid({ view }: Arena, at: number, length: number): boolean {
  return length >= PROBE_SIZE && view.getUint16(at + LENGTH, true) === length;
}

/** Whether the plaintext of `length` bytes at `at` is an answer. */
export function probeAnswerIsValid({ view }: Arena, at: number, length: number): boolean {
  return length === PROBE_SIZE && view.getUint16(at + LENGTH, true) >= PROBE_SIZE;
}

export function probeLink(view: DataView, at: number): number {
  return view.getUint8(at + LINK);
}

/** Bytes of the probe's plaintext, as its answer tells. */
export function probeLength(view: DataView, at: number): number {
  return view.getUint16(at + LENGTH, true);
}

export function probeNumber(view: DataView, at: number): number {
  return view.getUint32(at + NUMBER, true);
}
