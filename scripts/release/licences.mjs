/** Under which licences the packages are that Sennit needs when it runs, and whether it may be given away with them. */

/** SPDX identifiers of licences that ask no more than to be told of, as Apache-2.0 itself does. */
const ALLOWED = new Set(['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT']);

/**
 * @param {{ packages: Record<string, { version?: string, license?: string, dev?: boolean }> }} lock package-lock.json
 * @returns {{ name: string, version: string, license: string }[]} what runs with Sennit, by name; 'none' where
 *   a package names no licence
 */
export function productionPackages(lock) {
  return Object.entries(lock.packages)
    .filter(([path, { dev }]) => path !== '' && dev !== true)
    .map(([path, { version = '?', license = 'none' }]) => ({
      name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version,
      license,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Whether an SPDX expression of identifiers, AND and OR allows it. Parentheses other than around the whole: no. */
export function isAllowed(expression) {
  const plain = expression.replace(/^\((.*)\)$/, '$1');
  return plain.split(' OR ').some((choice) => choice.split(' AND ').every((id) => ALLOWED.has(id)));
}
