/**
 * What the package for npm has, and nothing else. Patterns of paths, each of which must match at least one file,
 * and how large such a file may be.
 */
import { output } from './command.mjs';

const KIB = 1024;

const FILES = [
  { pattern: /^package\.json$/, most: 8 * KIB },
  { pattern: /^LICENSE$/, most: 16 * KIB },
  { pattern: /^(README|CHANGELOG|CONTRIBUTING|SECURITY)\.md$/, most: 64 * KIB },
  { pattern: /^dist\/src\/[a-z-]+(\/[a-z-]+)*\.js$/, most: 64 * KIB },
  { pattern: /^dist\/src\/status\/status-page\.html$/, most: 64 * KIB },
  { pattern: /^docs\/[a-z0-9-]+\.md$/, most: 128 * KIB },
  { pattern: /^docs\/images\/[a-z-]+\.png$/, most: 150 * KIB },
  { pattern: /^etc\/sennit\.conf$/, most: 16 * KIB },
  { pattern: /^etc\/prometheus\/[a-z.]+\.yml$/, most: 32 * KIB },
  { pattern: /^etc\/grafana\/sennit\.json$/, most: 64 * KIB },
  { pattern: /^packaging\/(README\.md|completions\/_?sennit(\.bash)?|systemd\/sennitd@?\.service)$/, most: 16 * KIB },
  { pattern: /^packaging\/logrotate\/sennit$/, most: 4 * KIB },
  { pattern: /^packaging\/debian\/[a-z.-]+$/, most: 16 * KIB },
  { pattern: /^packaging\/man\/[a-z.]+\.[158]$/, most: 64 * KIB },
];
/** Of the packed archive and of what comes out of it, bytes. */
const MOST_PACKED = KIB * KIB;
const MOST_UNPACKED = 3 * KIB * KIB;

/**
 * Packs the package, or only says what would be packed.
 * @param {string} root the repository, compiled
 * @param {string | null} folder where the archive goes; null: nowhere
 * @returns {{ filename: string, size: number, unpackedSize: number, files: { path: string, size: number }[] }}
 */
export function pack(root, folder) {
  const where = folder === null ? ['--dry-run'] : ['--pack-destination', folder];
  // It is compiled already, and `prepack` would print into the JSON.
  const args = ['pack', '--json', '--silent', '--ignore-scripts', ...where];
  return JSON.parse(output('npm', args, { cwd: root }))[0];
}

/**
 * @param {ReturnType<typeof pack>} packed
 * @returns {string[]} what does not belong there, is missing or too large; empty: nothing
 */
export function complaints({ size, unpackedSize, files }) {
  const wrong = [];
  for (const file of files) {
    const rule = FILES.find(({ pattern }) => pattern.test(file.path));
    if (rule === undefined) wrong.push(`${file.path}: nobody expects it (scripts/release/npm-contents.mjs)`);
    else if (file.size > rule.most) wrong.push(`${file.path}: ${file.size} bytes, more than ${rule.most}`);
  }
  for (const { pattern } of FILES) {
    if (!files.some(({ path }) => pattern.test(path))) wrong.push(`${pattern}: there is no such file`);
  }
  if (size > MOST_PACKED) wrong.push(`${size} bytes packed, more than ${MOST_PACKED}`);
  if (unpackedSize > MOST_UNPACKED) wrong.push(`${unpackedSize} bytes unpacked, more than ${MOST_UNPACKED}`);
  return wrong;
}
