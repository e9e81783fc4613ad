/** Writes a command down from its tokens: the reverse of matching. */
import type { Args, Command, Token } from './token.js';

/** The line that matches `command` with exactly these arguments, keywords in full. */
export function printCommand(command: Command, args: Args): string {
  return printTokens(command.tokens, args).join(' ');
}

function printTokens(tokens: readonly Token[], args: Args): string[] {
  return tokens.flatMap((token) => printToken(token, args));
}

function printToken(token: Token, args: Args): string[] {
  switch (token.type) {
    case 'word':
      return [token.word];
    case 'value':
      return [String(args[token.arg])];
    case 'optional':
      return isGiven(token.of, args) ? printTokens(token.of, args) : [];
    case 'choice': {
      const chosen = token.of.find(
        (one) => one.type === 'value' || (one.arg !== undefined && args[one.arg] === one.word),
      );
      return chosen === undefined ? [] : printToken(chosen, args);
    }
  }
}

function isGiven(tokens: readonly Token[], args: Args): boolean {
  return tokens.some((token) => token.type === 'value' && args[token.arg] !== undefined);
}
