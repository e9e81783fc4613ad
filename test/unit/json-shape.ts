/** Shapes of JSON: as a value has them, and as docs/json.md has them. */

/** Types by the path of their key, such as `links[].endpoint.address`; the path of the whole is ''. */
export type Shape = Map<string, Set<string>>;

/** The shape of a value; of an array of objects, that of its entries together. */
export function shapeOf(value: unknown, path = '', shape: Shape = new Map()): Shape {
  const type = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  shape.set(path, (shape.get(path) ?? new Set()).add(type));
  if (Array.isArray(value)) for (const each of value) shapeOf(each, `${path}[]`, shape);
  else if (type === 'object')
    for (const [key, each] of Object.entries(value as object))
      shapeOf(each, path === '' || path.endsWith('.') ? key : `${path}.${key}`, shape);
  return shape;
}

/** Every command that the document has, with the shape that it gives. */
export function documentedShapes(markdown: string): Map<string, Shape> {
  const shapes = new Map<string, Shape>();
  for (const part of markdown.split(/^## /m).slice(1)) {
    const [title = '', ...rest] = part.split('\n');
    const id = /^`([^`]+)`$/.exec(title)?.[1];
    if (id === undefined) continue;
    const text = rest.join('\n');
    const like = /^As (?:`([^`]+)` of )?`([^`]+)`\.$/m.exec(text);
    shapes.set(id, like === null ? shapeIn(text) : within(shapes.get(like[2] as string), like[1] ?? ''));
  }
  return shapes;
}

function shapeIn(text: string): Shape {
  const shape: Shape = new Map();
  for (const [, key = '', type = ''] of text.matchAll(/^\| `([^`]+)` +\| ([a-z ]+?) +\|/gm))
    shape.set(key === '.' ? '' : key, new Set(type.split(' or ')));
  return shape;
}

/** What lies below a path. */
function within(shape: Shape | undefined, path: string): Shape {
  if (shape === undefined) throw new Error('it refers to a command that is not above it');
  const below = [...shape].filter(([key]) => key === path || key.startsWith(`${path}.`) || path === '');
  return new Map(below.map(([key, types]) => [path === '' ? key : key.slice(path.length).replace(/^\./, ''), types]));
}
