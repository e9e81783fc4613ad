/** As much of a terminal as the shell uses: what stands on the screen and above it, and where the cursor is. */

const CURSOR = '▮';

export class Emulator {
  /** All rows since the beginning, those that scrolled away included. */
  readonly #rows: string[][] = [[]];
  #row = 0;
  #column = 0;
  /** The beginning of an escape sequence that is not complete. */
  #pending = '';
  /** Sequences that it does not know: there should be none. */
  readonly unknown: string[] = [];
  bells = 0;
  /** The terminal was asked to mark what is pasted. */
  marksPastes = false;

  constructor(
    public columns: number,
    public height: number,
  ) {}

  get row(): number {
    return this.#row;
  }

  write(text: string): void {
    const all = this.#pending + text;
    this.#pending = '';
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    for (const part of all.match(/\x1b\[[0-?]*[@-~]|\x1b\[[0-?]*$|\x1b$|\x1b[^[]|[^\x1b]/gsu) ?? []) {
      if (part.startsWith('\u001b') && !/^.(\[[0-?]*[@-~]|[^[])$/s.test(part)) this.#pending = part;
      else if (part.startsWith('\u001b')) this.#sequence(part);
      else this.#character(part);
    }
  }

  /** Rows from `from` on, without what is empty at their ends; the cursor is shown. */
  text(from: number): string {
    const rows = this.#rows.slice(from).map((row) => row.map((cell) => cell ?? ' ').join(''));
    const at = this.#row - from;
    if (at >= 0) {
      while (rows.length <= at) rows.push('');
      const row = (rows[at] as string).padEnd(this.#column);
      rows[at] = `${row.slice(0, this.#column)}${CURSOR}${row.slice(this.#column)}`;
    }
    return rows
      .map((row) => row.trimEnd())
      .join('\n')
      .trimEnd();
  }

  #character(character: string): void {
    switch (character) {
      case '\r':
        this.#column = 0;
        return;
      case '\n':
        this.#down();
        return;
      case '\b':
        this.#column = Math.max(0, this.#column - 1);
        return;
      case '\u0007':
        this.bells++;
        return;
      case '\t':
        this.#column = Math.min(this.columns - 1, (this.#column | 7) + 1);
        return;
    }
    if (character < ' ' || (character >= '\u007f' && character < '\u00a0')) this.unknown.push(character);
    if (this.#column >= this.columns) {
      this.#column = 0;
      this.#down();
    }
    const row = this.#rows[this.#row] as string[];
    while (row.length < this.#column) row.push(' ');
    row[this.#column++] = character;
  }

  #down(): void {
    this.#row++;
    while (this.#rows.length <= this.#row) this.#rows.push([]);
  }

  /** The first row that the window shows. */
  get #top(): number {
    return Math.max(0, this.#rows.length - this.height);
  }

  #sequence(sequence: string): void {
    const parameters = sequence.slice(2, -1);
    const final = sequence.at(-1);
    const [first = 0, second = 0] = parameters.split(';').map(Number);
    const count = Math.max(1, first);
    const row = this.#rows[this.#row] as string[];
    switch (final) {
      case 'A':
        this.#row = Math.max(this.#top, this.#row - count);
        break;
      case 'B':
        for (let i = 0; i < count; i++) this.#down();
        break;
      case 'C':
        this.#column = Math.min(this.columns - 1, this.#column + count);
        break;
      case 'D':
        this.#column = Math.max(0, Math.min(this.#column, this.columns - 1) - count);
        break;
      case 'G':
        this.#column = count - 1;
        break;
      case 'H':
        this.#row = this.#top + count - 1;
        this.#column = Math.max(1, second) - 1;
        break;
      case 'J':
        row.length = Math.min(row.length, this.#column);
        for (const below of this.#rows.slice(this.#row + 1)) below.length = 0;
        break;
      case 'K':
        row.length = Math.min(row.length, this.#column);
        break;
      case 'h':
      case 'l':
        if (parameters === '?2004') this.marksPastes = final === 'h';
        else this.unknown.push(sequence);
        break;
      default:
        this.unknown.push(sequence);
    }
  }
}
