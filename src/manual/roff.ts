/** Text and requests of man(7). */

/** Text as it is: nothing in it is taken for a request, and hyphens can be copied as such. */
export function plain(text: string): string {
  return text
    .replace(/\\/g, '\\e')
    .replace(/-/g, '\\-')
    .replace(/^([.'])/gm, '\\&$1');
}

/** A request with its arguments in quotes. */
export function request(name: string, ...args: string[]): string {
  return `.${name}${args.map((arg) => ` "${plain(arg).replace(/"/g, '\\(dq')}"`).join('')}`;
}

/** A paragraph with a tag. */
export function tagged(tag: string, text: string): string[] {
  return ['.TP', request('B', tag), plain(text)];
}

/** Lines that stay as they are. */
export function example(lines: readonly string[]): string[] {
  return ['.PP', '.RS 4', '.nf', ...lines.map((line) => (line === '' ? '\\&' : plain(line))), '.fi', '.RE'];
}
