/** How every program of the lab reads an option that names some of what there is. */

/**
 * @param text names with commas between them; undefined: all
 * @returns those named, in the order of `known`
 * @throws Error that tells what there is, when a name is none of it
 */
export function chosen<Name extends string>(what: string, text: string | undefined, known: readonly Name[]): Name[] {
  if (text === undefined) return [...known];
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !(known as readonly string[]).includes(name));
  if (unknown !== undefined) throw new Error(`there is no ${what} '${unknown}'; there are ${known.join(', ')}`);
  return known.filter((name) => names.includes(name));
}
