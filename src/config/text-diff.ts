/**
 * The difference of two printed configurations, line by line, with the blocks around each line. Both are as
 * `render` prints them: so equal lines are equal settings, and what they belong to is their indentation.
 */

export interface DiffLine {
  /** ' ': a block that is in both and has changes within it. */
  readonly op: ' ' | '+' | '-';
  /** With its indentation. */
  readonly text: string;
}

interface Node {
  readonly line: string;
  readonly children: Node[];
}

/** What must be taken away and added to get from one to the other. Empty: they are the same. */
export function textDiff(before: string, after: string): DiffLine[] {
  const found: DiffLine[] = [];
  if (before !== after) compare(parse(before), parse(after), found);
  return found;
}

export function diffText(lines: readonly DiffLine[]): string {
  return lines.map(({ op, text }) => `${op}${text}`).join('\n');
}

/** How many lines were added and taken away. */
export function diffSize(lines: readonly DiffLine[]): { added: number; removed: number } {
  const count = (op: DiffLine['op']): number => lines.filter((line) => line.op === op).length;
  return { added: count('+'), removed: count('-') };
}

function parse(text: string): Node[] {
  const top: Node[] = [];
  const open: { indent: number; children: Node[] }[] = [{ indent: -1, children: top }];
  for (const line of text.split('\n')) {
    const indent = line.search(/\S/);
    if (indent < 0 || line[indent] === '!') continue;
    while ((open.at(-1) as { indent: number }).indent >= indent) open.pop();
    const node: Node = { line, children: [] };
    (open.at(-1) as { children: Node[] }).children.push(node);
    open.push({ indent, children: node.children });
  }
  return top;
}

/** Appends to `found`: there may be more lines than a call takes arguments. */
function compare(before: readonly Node[], after: readonly Node[], found: DiffLine[]): void {
  const wanted = new Map(after.map((node) => [node.line, node]));
  const kept = new Set<string>();
  let next = 0;
  // Lines that are in both are met in the order of `after`; one that has changed its place goes and comes.
  const position = new Map(after.map((node, index) => [node.line, index]));
  let last = -1;
  for (const { line } of before) {
    const index = position.get(line) ?? -1;
    if (index <= last) continue;
    kept.add(line);
    last = index;
  }
  for (const node of before) {
    if (!kept.has(node.line)) {
      whole(node, '-', found);
      continue;
    }
    for (; (after[next] as Node).line !== node.line; next++) whole(after[next] as Node, '+', found);
    next++;
    const at = found.push({ op: ' ', text: node.line });
    compare(node.children, (wanted.get(node.line) as Node).children, found);
    if (found.length === at) found.pop();
  }
  for (const node of after.slice(next)) whole(node, '+', found);
}

function whole(node: Node, op: '+' | '-', found: DiffLine[]): void {
  found.push({ op, text: node.line });
  for (const child of node.children) whole(child, op, found);
}
