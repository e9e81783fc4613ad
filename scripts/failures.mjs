/**
 * What failed in a run of tests, told once more at its very end: each with its names from the outermost on, its message,
 * its diagnostics and what its file printed, so that the last lines of a log are enough to understand it.
 */
import { relative } from 'node:path';
import { inspect } from 'node:util';
import { ROOT } from './bootstrap.mjs';

/** Of a message and of what a file printed: the first, and the last, so many lines. */
const MESSAGE_LINES = 60;
const PRINTED_LINES = 40;

export class Failures {
  #list = [];
  /** By file: names of the tests that are running, the last that ended, lines that were printed. */
  #files = new Map();

  /** Takes note of an event of node:test. */
  see({ type, data }) {
    if (data.file === undefined) return;
    const file = this.#file(data.file);
    if (type === 'test:start') file.names.splice(data.nesting, Number.POSITIVE_INFINITY, data.name);
    else if (type === 'test:stdout' || type === 'test:stderr') {
      file.printed = [...file.printed, ...data.message.trimEnd().split('\n')].slice(-PRINTED_LINES);
    } else if (type === 'test:diagnostic' && file.last?.nesting === data.nesting) {
      file.last.diagnostics.push(data.message);
    } else if (type === 'test:pass' || type === 'test:fail') {
      file.last = null;
      const error = data.details?.error;
      // That a part of it failed is told by that part.
      if (type === 'test:pass' || data.todo !== undefined || error?.failureType === 'subtestsFailed') return;
      const names = [...file.names.slice(0, data.nesting), data.name].map((name) => nameOf(name));
      file.last = { file: data.file, names, error, nesting: data.nesting, diagnostics: [] };
      this.#list.push(file.last);
    }
  }

  /** All of them as text; empty if nothing failed. */
  text() {
    if (this.#list.length === 0) return '';
    const told = this.#list.map((failure, index) => {
      const last = this.#list.findLastIndex(({ file }) => file === failure.file) === index;
      const printed = last ? this.#file(failure.file).printed : [];
      return [
        `✖ ${nameOf(failure.file)}: ${failure.names.join(' › ')}`,
        ...messageOf(failure.error).map((line) => `    ${line}`),
        ...failure.diagnostics.map((line) => `    said: ${line}`),
        ...(printed.length > 0 ? ['    the file printed:', ...printed.map((line) => `      ${line}`)] : []),
      ].join('\n');
    });
    return `\n${this.#list.length} failed:\n\n${told.join('\n\n')}\n`;
  }

  #file(path) {
    const file = this.#files.get(path) ?? { names: [], last: null, printed: [] };
    this.#files.set(path, file);
    return file;
  }
}

/** A path of a compiled test as that of its source; any other name as it is. */
function nameOf(name) {
  const compiled = /\/dist[^/]*\/(test\/.*)\.js$/.exec(name);
  return compiled ? `${compiled[1]}.ts` : name.startsWith(ROOT) ? relative(ROOT, name) : name;
}

/** The message with its causes, and where in our files it was thrown. */
function messageOf(error) {
  const ending =
    error?.exitCode !== undefined ? [`the file ended with exit code ${error.exitCode ?? error.signal}`] : [];
  const thrown = error?.cause ?? error;
  if (!(thrown instanceof Error)) return [...ending, ...String(inspect(thrown)).split('\n').slice(0, MESSAGE_LINES)];
  const lines = [];
  for (let each = thrown; each instanceof Error && lines.length < MESSAGE_LINES; each = each.cause) {
    const places = String(each.stack)
      .split('\n')
      .filter((line) => /^ +at .*\/dist/.test(line));
    const message = `${each === thrown ? '' : 'cause: '}${each.name}: ${each.message}`.split('\n');
    lines.push(...message.slice(0, MESSAGE_LINES), ...valuesOf(each), ...places.slice(0, 6).map((line) => line.trim()));
  }
  return [...ending, ...lines];
}

/** Where a test has words of its own: what was, and what should have been. */
function valuesOf(error) {
  if (error.generatedMessage !== false || !('actual' in error)) return [];
  return ['actual', 'expected'].map(
    (name) => `${name}: ${inspect(error[name], { breakLength: Number.POSITIVE_INFINITY })}`,
  );
}
