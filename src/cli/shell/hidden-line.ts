/** A secret being typed: it is never shown, and never reaches the line editor or the history. */
import type { Press } from './keyboard.js';
import { isControl } from './keyboard.js';
import { isTypable } from './printable.js';

export class HiddenLine {
  typed = '';

  /** @param prompt what stands before it */
  constructor(readonly prompt: string) {}

  /** @returns whether it is complete, or was given up */
  press({ text, key }: Press): 'complete' | 'dropped' | 'more' {
    if (key.name === 'return' || key.name === 'enter') return 'complete';
    if (isControl(key, 'c') || isControl(key, 'd')) return 'dropped';
    if (isControl(key, 'u')) this.typed = '';
    else if (key.name === 'backspace') this.typed = [...this.typed].slice(0, -1).join('');
    else if (text !== undefined && isTypable(text)) this.typed += text;
    return 'more';
  }
}
