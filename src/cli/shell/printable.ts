/** Text as a terminal may have it: nothing in it moves the cursor or changes what stands elsewhere. */

/** Control characters, but for line feed and tab, and those that turn the direction of writing (Unicode UAX 9). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const UNPRINTABLE = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

/** The text with a mark in the place of each character that is not for printing. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, '\ufffd');
}

/** Whether a text is only such characters as may stand in a line. */
export function isTypable(text: string): boolean {
  return text.search(UNPRINTABLE) < 0 && !/[\n\t]/.test(text);
}
