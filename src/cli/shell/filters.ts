/**
 * What stands behind `|`, done on the side of the shell: an expression never keeps the daemon busy, and a file is
 * written as the user who asked, where that user is.
 */
import { writeFileSync } from 'node:fs';
import type { Pattern } from '../grammar/pattern.js';
import { compilePattern } from '../grammar/pattern.js';
import type { Stage } from '../grammar/pipes.js';

/** A file that can't be written: the message says why. */
export class RedirectError extends Error {}

/**
 * The output after all filters.
 * @throws RedirectError
 */
export function filtered(output: string, stages: readonly Stage[]): string {
  let lines = output === '' ? [] : output.split('\n');
  for (const stage of stages) lines = after(lines, stage);
  return lines.join('\n');
}

function after(lines: string[], { id, args }: Stage): string[] {
  if (id === 'redirect') return redirect(lines, String(args.file));
  const pattern = args.pattern === undefined ? null : compiled(String(args.pattern));
  const fits = (line: string): boolean => pattern === null || pattern.matches(line);
  switch (id) {
    case 'include':
      return lines.filter(fits);
    case 'exclude':
      return lines.filter((line) => !fits(line));
    case 'begin': {
      const first = lines.findIndex(fits);
      return first < 0 ? [] : lines.slice(first);
    }
    case 'section':
      return sections(lines, fits);
    case 'count':
      return [String(lines.filter(fits).length)];
  }
  throw new Error(`no filter '${id}': is the daemon newer than this shell?`);
}

function compiled(text: string): Pattern {
  const pattern = compilePattern(text);
  if ('refusal' in pattern) throw new Error(pattern.refusal);
  return pattern;
}

/** Lines that fit, those indented below them, and the less indented ones above that they belong to. */
function sections(lines: readonly string[], fits: (line: string) => boolean): string[] {
  const kept: string[] = [];
  /** The lines that the present one is nested in, and whether they are printed. */
  let around: { line: string; indent: number; printed: boolean }[] = [];
  /** The indentation of the section that is printed, or none. */
  let inside: number | null = null;
  for (const line of lines) {
    const indent = line.search(/\S|$/);
    around = around.filter((outer) => outer.indent < indent);
    if (inside !== null && indent <= inside) inside = null;
    const printed = inside !== null || fits(line);
    if (printed) {
      for (const outer of around) {
        if (!outer.printed) kept.push(outer.line);
        outer.printed = true;
      }
      kept.push(line);
      inside ??= indent;
    }
    around.push({ line, indent, printed });
  }
  return kept;
}

/** In the place of what the file held; a new file is its owner's alone. */
function redirect(lines: readonly string[], file: string): string[] {
  try {
    writeFileSync(file, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new RedirectError(`can't write ${file}: ${REASONS[code ?? ''] ?? message}`);
  }
  return [];
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such directory',
  ENOTDIR: 'there is no such directory',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  ENOSPC: 'the disk is full',
  EROFS: 'the file system is read-only',
};
