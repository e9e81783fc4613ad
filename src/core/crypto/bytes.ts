/** Whole byte arrays, as the handshake uses them. None of this is for the hot path. */

/** The parts one after another, in a new array. */
export function concat(...parts: Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The bytes of a text of ASCII characters. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** A short byte array (a key, a MAC, an address) as the key of a Map. */
export function mapKey(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** Overwrites secrets that have done their work. Copies that the runtime or the library made are out of reach. */
export function wipe(...secrets: (Uint8Array | null)[]): void {
  for (const secret of secrets) secret?.fill(0);
}
