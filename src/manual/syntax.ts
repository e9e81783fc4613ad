/** A command of the grammar as a manual has it: its syntax in a line, what it means, and what its words mean. */
import type { Command, Token } from '../cli/grammar/token.js';
import { valueLabel } from '../cli/grammar/value.js';

export interface Entry {
  /** A keyword, or the form of a parameter. */
  readonly label: string;
  readonly help: string;
}

export interface Described {
  /** Such as `local link <0-7> address ADDRESS [port <1-65535>]`. */
  readonly syntax: string;
  /** The keywords that it begins with. */
  readonly name: string;
  readonly meaning: string;
  /** What stands behind the name, in order. */
  readonly entries: readonly Entry[];
  /** The `no` form; null when there is none. */
  readonly no: string | null;
}

export function described(command: Command): Described {
  const words = command.tokens.slice(0, nameLength(command.tokens));
  const name = syntaxOf(words);
  return {
    syntax: syntaxOf(command.tokens),
    name,
    meaning: meaningOf(words),
    entries: command.tokens.slice(words.length).flatMap(entriesOf),
    no: command.no === undefined ? null : `no ${syntaxOf(command.tokens.slice(0, command.no))}`,
  };
}

/** What the keywords say one after the other, but for the first of several, which only says what kind it is. */
function meaningOf(words: readonly Token[]): string {
  const helps = words.flatMap((token) => (token.type === 'word' ? [token.help] : []));
  const said = helps.length > 1 ? helps.slice(1) : helps;
  return said
    .map((help, index) => (index === 0 ? help : help.replace(/^[A-Z](?=[a-z ])/, (c) => c.toLowerCase())))
    .join(': ');
}

function nameLength(tokens: readonly Token[]): number {
  const end = tokens.findIndex(({ type }) => type !== 'word');
  return end < 0 ? tokens.length : end;
}

function syntaxOf(tokens: readonly Token[]): string {
  return tokens.map(tokenSyntax).join(' ');
}

function tokenSyntax(token: Token): string {
  switch (token.type) {
    case 'word':
      return token.word;
    case 'value':
      return valueLabel(token.of);
    case 'optional':
      return `[${syntaxOf(token.of)}]`;
    case 'choice':
      return `{${token.of.map(tokenSyntax).join(' | ')}}`;
  }
}

function entriesOf(token: Token): Entry[] {
  switch (token.type) {
    case 'word':
      return [{ label: token.word, help: token.help }];
    case 'value':
      return [{ label: valueLabel(token.of), help: token.help }];
    default:
      return token.of.flatMap(entriesOf);
  }
}
