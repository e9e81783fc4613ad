/** The terminal's output: its size, or what `terminal length` and `terminal width` say instead, and clean text. */
import { Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { printable } from './printable.js';

export class Screen {
  /** Rows of a page, 0: no pages; null: those of the window. */
  length: number | null = null;
  /** Columns; null: those of the window. */
  width: number | null = null;
  /** The same, for readline; it is not told when the window changes, for it would draw where nothing is to be drawn. */
  readonly stream: NodeJS.WritableStream;

  constructor(private readonly output: WriteStream) {
    const stream = new Writable({
      decodeStrings: false,
      write: (chunk: string, _, done) => {
        output.write(chunk);
        done();
      },
    });
    this.stream = Object.defineProperty(stream, 'columns', { get: () => this.columns });
  }

  get columns(): number {
    return this.width ?? (this.output.columns || 80);
  }

  /** 0: no pages. */
  get rows(): number {
    return this.length ?? (this.output.rows || 24);
  }

  /** As it is, escape sequences and all. */
  write(text: string): void {
    this.output.write(text);
  }

  /** Lines that came from elsewhere. */
  print(text: string): void {
    this.output.write(`${printable(text).replace(/\n/g, '\r\n')}\r\n`);
  }

  /** Has `listener` called when the window has another size, until what is returned is called. */
  onResize(listener: () => void): () => void {
    this.output.on('resize', listener);
    return () => void this.output.off('resize', listener);
  }
}
