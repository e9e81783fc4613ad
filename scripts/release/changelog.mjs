/** Reads CHANGELOG.md, which has the form of Keep a Changelog 1.1.0, and says where it has not. */

/** The groups of Keep a Changelog, and one of ours: what a user would look for in vain. */
const GROUPS = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security', 'Known gaps'];
/** Semantic Versioning 2.0.0, without build metadata: no package has any. */
const VERSION = /^(\d+)\.(\d+)\.(\d+)(-[0-9A-Za-z.-]+)?$/;
const HEADING = /^## \[([^\]]+)\](?: - (.+))?$/;

/**
 * @param {string} text the whole file
 * @returns {{ version: string, date: string | null, groups: { name: string, entries: number }[] }[]} from the newest
 *   on; date null: not released yet; `Unreleased` is a version, too
 */
export function entries(text) {
  const found = [];
  for (const line of text.split('\n')) {
    const heading = HEADING.exec(line);
    if (heading !== null) {
      const date = heading[2] ?? 'unreleased';
      found.push({ version: heading[1], date: date === 'unreleased' ? null : date, groups: [] });
    } else if (line.startsWith('### ')) found.at(-1)?.groups.push({ name: line.slice(4), entries: 0 });
    else if (line.startsWith('- ') && found.at(-1)?.groups.at(-1) !== undefined) found.at(-1).groups.at(-1).entries++;
  }
  return found;
}

/**
 * @param {string} text the whole file
 * @param {string} version of package.json, which must have an entry
 * @returns {string[]} what is wrong; empty: nothing
 */
export function complaints(text, version) {
  const wrong = [];
  if (!text.startsWith('# Changelog\n')) wrong.push('it does not begin with "# Changelog"');
  if (!text.includes('https://keepachangelog.com/')) wrong.push('it does not say which form it has');
  for (const line of text.split('\n')) {
    if (line.startsWith('## ') && !HEADING.test(line)) wrong.push(`"${line}" is not "## [VERSION] - YYYY-MM-DD"`);
  }
  const all = entries(text);
  if (!all.some((entry) => entry.version === version)) wrong.push(`version ${version} of package.json has no entry`);
  for (const [at, entry] of all.entries()) {
    wrong.push(...ofEntry(entry, at).map((what) => `[${entry.version}]: ${what}`));
    const older = all[at + 1];
    if (older === undefined) continue;
    if (compare(entry.version, older.version) <= 0)
      wrong.push(`[${entry.version}]: it is not newer than ${older.version}`);
    if (entry.date !== null && older.date !== null && entry.date < older.date)
      wrong.push(`[${entry.version}]: it is dated before ${older.version}`);
  }
  return wrong;
}

function ofEntry({ version, date, groups }, at) {
  const wrong = [];
  if (version !== 'Unreleased' && !VERSION.test(version)) wrong.push('this is no version (semver.org)');
  if (date === null && at > 0) wrong.push('only the newest can be unreleased');
  if (date !== null && !isDate(date)) wrong.push(`"${date}" is no date as YYYY-MM-DD`);
  if (groups.length === 0 && version !== 'Unreleased') wrong.push('nothing is said of it');
  for (const { name, entries: count } of groups) {
    if (!GROUPS.includes(name)) wrong.push(`"${name}" is none of ${GROUPS.join(', ')}`);
    if (count === 0) wrong.push(`"${name}" is empty`);
    if (groups.filter((group) => group.name === name).length > 1) wrong.push(`"${name}" is there twice`);
  }
  return [...new Set(wrong)];
}

function isDate(text) {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(text).toJSON()?.startsWith(text) === true;
}

/** By major, minor and patch; one with a suffix comes before the same without; Unreleased is newer than all. */
function compare(a, b) {
  if (a === b) return 0;
  if (a === 'Unreleased' || b === 'Unreleased') return a === 'Unreleased' ? 1 : -1;
  const [left, right] = [a, b].map((each) => VERSION.exec(each) ?? []);
  for (const part of [1, 2, 3]) {
    const difference = Number(left[part]) - Number(right[part]);
    if (difference !== 0) return difference;
  }
  if (left[4] === undefined || right[4] === undefined) return left[4] === undefined ? 1 : -1;
  return left[4] < right[4] ? -1 : 1;
}
