/** What a command may change about the terminal of the shell that ran it. */
export interface TerminalSettings {
  /** Rows of a page, 0: no pages; null: as many as the window has. */
  readonly length?: number | null;
  /** Columns; null: as many as the window has. */
  readonly width?: number | null;
  /** It follows the log. */
  readonly monitor?: boolean;
  /** It shows this screen until a key ends it. */
  readonly screen?: 'monitor';
}
