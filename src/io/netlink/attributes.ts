/**
 * Attributes of a netlink message (struct rtattr): length u16, type u16, value, padded to 4 bytes.
 * The length counts the 4 bytes of the header but not the padding.
 */
import { NLA_TYPE_MASK } from './constants.js';

/** Rounds up to netlink's alignment (NLMSG_ALIGN, RTA_ALIGN). */
export function align4(length: number): number {
  return (length + 3) & ~3;
}

/**
 * Calls `visit` for each attribute between `start` and `end` with the bounds of its value.
 * @returns false when a length doesn't fit; those in front of it were visited.
 */
export function eachAttribute(
  view: DataView,
  start: number,
  end: number,
  visit: (type: number, start: number, end: number) => void,
): boolean {
  let at = start;
  while (at < end) {
    if (end - at < 4) return false;
    const length = view.getUint16(at, true);
    if (length < 4 || length > end - at) return false;
    visit(view.getUint16(at + 2, true) & NLA_TYPE_MASK, at + 4, at + length);
    at += align4(length);
  }
  return true;
}

/** Puts a message together: a fixed part, then attributes. */
export class MessageWriter {
  private bytes = new Uint8Array(256);
  private view = new DataView(this.bytes.buffer);
  private used = 0;

  private reserve(length: number): number {
    const at = this.used;
    this.used += align4(length);
    if (this.used > this.bytes.length) {
      const larger = new Uint8Array(this.used * 2);
      larger.set(this.bytes);
      this.bytes = larger;
      this.view = new DataView(larger.buffer);
    }
    return at;
  }

  u8(offset: number, value: number): void {
    this.view.setUint8(offset, value);
  }

  u16(offset: number, value: number): void {
    this.view.setUint16(offset, value, true);
  }

  u32(offset: number, value: number): void {
    this.view.setUint32(offset, value, true);
  }

  /** Room for a fixed structure of `length` zero bytes: its offset. */
  structure(length: number): number {
    return this.reserve(length);
  }

  attribute(type: number, value: Uint8Array): void {
    const at = this.reserve(4 + value.length);
    this.u16(at, 4 + value.length);
    this.u16(at + 2, type);
    this.bytes.set(value, at + 4);
  }

  attributeU32(type: number, value: number): void {
    const at = this.reserve(8);
    this.u16(at, 8);
    this.u16(at + 2, type);
    this.u32(at + 4, value);
  }

  /** A NUL-terminated string. */
  attributeText(type: number, text: string): void {
    const encoded = new TextEncoder().encode(text);
    const value = new Uint8Array(encoded.length + 1);
    value.set(encoded);
    this.attribute(type, value);
  }

  /** The whole message, with its length in the first field. */
  finish(): Uint8Array {
    this.u32(0, this.used);
    return this.bytes.slice(0, this.used);
  }
}
