/** A program in a namespace that answers every line of JSON on its standard input with one on its standard output. */
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Lab } from './namespaces.js';

/**
 * A program that measures is a real-time thread (`early.ts`), and V8's threads are not: a collection of garbage that
 * waited for them would last until a busy machine lets them run.
 */
const FLAGS = ['--single-threaded-gc'];

export class LineProgram<Command> {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #waiting: { resolve(answer: unknown): void; reject(error: Error): void }[] = [];
  #complaint = '';

  /**
   * Starts a JavaScript file; it ends with the lab.
   * @param namespace null: the machine's own
   * @param name what it is, for errors
   * @param before words of commands that start it their way
   */
  constructor(lab: Lab, namespace: string | null, file: string, name: string, before: readonly string[] = []) {
    this.#name = name;
    this.#child = lab.spawn(namespace, [...before, process.execPath, ...FLAGS, file]);
    this.#child.stderr?.on('data', (text) => {
      this.#complaint += text;
    });
    if (this.#child.stdout !== null) {
      createInterface({ input: this.#child.stdout }).on('line', (line) =>
        this.#waiting.shift()?.resolve(JSON.parse(line)),
      );
    }
    this.#child.once('close', () => {
      for (const each of this.#waiting.splice(0)) each.reject(this.#ended());
    });
  }

  /** Resolves with the answer. @throws Error with what the program complained of, if it has ended */
  ask(command: Command): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#child.exitCode !== null) return reject(this.#ended());
      this.#waiting.push({ resolve, reject });
      this.#child.stdin?.write(`${JSON.stringify(command)}\n`);
    });
  }

  #ended(): Error {
    return new Error(`${this.#name} ended (${this.#child.exitCode ?? this.#child.signalCode}): ${this.#complaint}`);
  }
}
