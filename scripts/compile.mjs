/** Compiles the sources into dist/, and only when they changed since the last time. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SOURCES = ['src', 'lab', 'test', 'package.json', 'package-lock.json', 'tsconfig.json'];

/**
 * @param {string} root the repository
 * @param {(command: string, args: string[]) => void} run runs a command in the repository and throws if it fails
 */
export function compile(root, run) {
  const dist = join(root, 'dist');
  const stamp = join(dist, '.sources');
  const sources = SOURCES.flatMap((path) => list(root, path)).join('\n');
  if (read(stamp) === sources) return;
  // From nothing, so that a source that was deleted or renamed leaves no compiled test behind.
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist);
  run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', root]);
  run(process.execPath, [join(root, 'scripts', 'page.mjs')]);
  makeExecutable(root);
  writeFileSync(stamp, sources);
}

/** One line for every source file below `path`: when one changes, so does the list. */
function list(root, path) {
  const stat = statSync(join(root, path), { throwIfNoEntry: false });
  if (stat === undefined) return [];
  if (!stat.isDirectory()) return [`${path} ${stat.size} ${stat.mtimeMs}`];
  return readdirSync(join(root, path))
    .sort()
    .flatMap((name) => list(root, `${path}/${name}`));
}

/** npm sets this bit at `npm install`, when there is nothing compiled yet. */
function makeExecutable(root) {
  const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const path of Object.values(bin)) chmodSync(join(root, path), 0o755);
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
