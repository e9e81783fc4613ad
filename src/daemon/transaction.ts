/**
 * A change of several steps, any of which may fail: every step says how it is taken back. Steps that
 * can't fail and can't be taken back (messages to the lane) wait for the end.
 */
export class Transaction {
  private readonly undos: (() => void)[] = [];
  private readonly commits: (() => void)[] = [];

  /** Does `act` now; `undo` takes it back if a later step fails. */
  step<T>(act: () => T, undo: (made: T) => void): T {
    const made = act();
    this.undos.push(() => undo(made));
    return made;
  }

  /** Does `act` once all steps have succeeded. */
  finally(act: () => void): void {
    this.commits.push(act);
  }

  commit(): void {
    for (const act of this.commits) act();
  }

  /** Takes back all that can be; a step that can't does not keep the others from it. */
  rollback(): void {
    for (const undo of this.undos.reverse()) {
      try {
        undo();
      } catch {
        // The error that led here is the one worth telling.
      }
    }
  }
}
