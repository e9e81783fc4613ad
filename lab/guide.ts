/**
 * Reads a guide (Markdown for people) as the steps that a test follows word by word: `readGuide`. Pure.
 *
 * What a test does with the fenced blocks of a guide:
 *
 * **Terminals**: a block with the info string `console`. A line with a prompt is run, what stands below it up to the
 * next prompt is what it must print. Prompts:
 *
 *     root@node1:~# ping -c 1 10.99.0.2        a command of the host's own shell (bash, as root)
 *     node1# show peers                        a line at the prompt of `sennit` on the host of that name
 *     node1(config-if)# mtu 1500               the same; the prompt must be the one that the shell shows then
 *     # apt install ./sennit_*.deb             each host that the paragraph before names: "On node1 and node2:"
 *
 * A prompt of `sennit` opens a shell if none is open on the host; `root@node1:~# sennit` opens one with its banner;
 * `exit` leaves it. Lines that begin with `> ` right below a command go on with it.
 *
 * Of what is printed, spaces at the ends of a line don't count, nor do empty lines at the end, and any number of spaces
 * between two words is one. `…`
 * within a line stands for anything, a line of `…` alone for any number of lines. A command under which nothing
 * stands must print nothing; of the host's shell such a command must succeed, too. A look of `sennit` (`show …` at
 * its prompt, `sennit -c 'show …'`) is repeated until it shows what the guide has, other commands run once.
 *
 * **Files**: any other block, below a paragraph whose last sentence begins with "On HOSTS, ", has the path in backticks
 * and ends with a colon: "On node1, `/etc/corosync/corosync.conf`:". With the word "add" it goes to the end of the file.
 * HOSTS: "node1", "node1 and node2", "node1, node2 and node3", or "every …", "each …", "all …", "both …".
 *
 * **Pictures** have the info string `text`; nobody follows them.
 *
 * What readers don't see stands in comments of HTML:
 *
 *     <!-- test: bind VHjw…Bb= sennit1:AQ -->        of each run anew, in the whole guide: what is printed where such a word
 *                                               stands first takes its place from then on, also in commands and files
 *     <!-- test: any 0.52 12s -->               in the next block any other word may stand for these
 *     <!-- test: repeat: until … -->            each command of the next block, until it prints what the guide has
 *     <!-- test: skip: WHY -->                  the next block is not run
 *     <!-- test: run NAME: WHY -->              here the test does something by itself, by that name
 *
 * A block that is none of these, and a text that is indented as code, are errors: nothing is left out unsaid.
 */

/** What a command must print, and how that is read. */
export interface Expected {
  readonly lines: readonly string[];
  /** Words that stand for any word. */
  readonly any: readonly string[];
}

interface Command {
  /** Number of the line in the guide, from 1. */
  readonly line: number;
  readonly host: string;
  readonly command: string;
  readonly expected: Expected;
  /** Repeat it until it prints what is expected. */
  readonly repeat: boolean;
}

export type Step =
  | ({ readonly kind: 'shell' } & Command)
  /** At the prompt of `sennit`. */
  | ({ readonly kind: 'sennit'; readonly prompt: string } & Command)
  | {
      readonly kind: 'file';
      readonly line: number;
      readonly hosts: readonly string[];
      readonly path: string;
      readonly append: boolean;
      readonly text: string;
    }
  | { readonly kind: 'run'; readonly line: number; readonly name: string };

export interface Guide {
  readonly steps: readonly Step[];
  /** Words that are of each run anew. */
  readonly bound: readonly string[];
  /** Blocks that are not run: the line and why. */
  readonly skipped: readonly { readonly line: number; readonly why: string }[];
}

/** The guide can't be followed as it is written: the message says where and why. */
export class GuideError extends Error {}

/** What comments said of the next block. */
interface Remarks {
  any: string[];
  repeat: boolean;
  skip: string | null;
}

interface Block {
  /** Number of its first line of text. */
  readonly line: number;
  readonly language: string;
  readonly text: string[];
  /** The paragraph before it, in one line. */
  readonly lead: string;
  readonly remarks: Remarks;
}

const FENCE = /^( *)(`{3,}|~{3,}) *([\w-]*)/;
const COMMENT = /^ *<!-- *test: *(.*?) *-->\s*$/;

/**
 * @param hosts names of the guide's hosts, as they stand in prompts
 * @param every those that "every host" means
 * @throws GuideError
 */
export function readGuide(markdown: string, hosts: readonly string[], every: readonly string[] = hosts): Guide {
  return new Reader(hosts, every).read(markdown.split('\n'));
}

class Reader {
  readonly #steps: Step[] = [];
  readonly #bound: string[] = [];
  readonly #skipped: { line: number; why: string }[] = [];
  #remarks: Remarks = noRemarks();
  /** Lines of the paragraph that was read last. */
  #paragraph: string[] = [];

  constructor(
    private readonly hosts: readonly string[],
    private readonly every: readonly string[],
  ) {}

  read(lines: readonly string[]): Guide {
    let blank = true;
    for (let at = 0; at < lines.length; at++) {
      const line = lines[at] as string;
      const fence = FENCE.exec(line);
      const comment = COMMENT.exec(line);
      if (fence !== null) {
        const end = endOf(lines, at, fence[2] as string);
        this.#block(at + 2, fence, lines.slice(at + 1, end));
        at = end;
      } else if (comment !== null) this.#remark(at + 1, comment[1] as string);
      else if (/^ *<!-- *test:/.test(line)) throw wrong(at + 1, 'a comment for the test stands on one line');
      else if (/^(\t| {4})/.test(line) && blank) throw wrong(at + 1, 'code is to stand between fences, not indented');
      else if (line.trim() !== '') this.#paragraph = blank ? [line.trim()] : [...this.#paragraph, line.trim()];
      blank = line.trim() === '' || fence !== null || comment !== null;
    }
    if (this.#remarks.skip !== null || this.#remarks.any.length > 0 || this.#remarks.repeat)
      throw wrong(lines.length, 'the last comment for the test has no block behind it');
    return { steps: this.#steps, bound: this.#bound, skipped: this.#skipped };
  }

  #remark(line: number, text: string): void {
    const [, verb = '', rest = ''] = /^(\w+):? *(.*)$/.exec(text) ?? [];
    const [, name = '', why = ''] = /^([^:]+): *(.+)$/.exec(rest) ?? [];
    if (verb === 'bind' && rest !== '') this.#bound.push(...rest.split(/ +/));
    else if (verb === 'any' && rest !== '') this.#remarks.any.push(...rest.split(/ +/));
    else if (verb === 'repeat' && rest !== '') this.#remarks.repeat = true;
    else if (verb === 'skip' && rest !== '') this.#remarks.skip = rest;
    else if (verb === 'run' && why !== '') this.#steps.push({ kind: 'run', line, name });
    else throw wrong(line, `what is the test to do with '${text}'?`);
  }

  #block(line: number, [, indent = '', , language = '']: RegExpExecArray, raw: readonly string[]): void {
    const text = raw.map((row) => (row.startsWith(indent) ? row.slice(indent.length) : row.trimStart()));
    const block: Block = { line, language, text, lead: this.#paragraph.join(' '), remarks: this.#remarks };
    this.#remarks = noRemarks();
    if (block.remarks.skip !== null) this.#skipped.push({ line, why: block.remarks.skip });
    else if (language === 'console') this.#terminal(block);
    else if (language === 'text') return;
    else this.#file(block);
  }

  #file({ line, text, lead }: Block): void {
    const sentence = lastSentence(lead);
    const path = /`(\/[^`\s]+)`[^`]*:$/.exec(sentence)?.[1];
    const hosts = this.#hostsOf(sentence);
    if (path === undefined || hosts.length === 0)
      throw wrong(line, "neither 'console' nor a file: the sentence before says neither hosts nor path");
    const append = /\badd\b/.test(sentence);
    this.#steps.push({ kind: 'file', line, hosts, path, append, text: text.map((row) => `${row}\n`).join('') });
  }

  #terminal({ line, text, lead, remarks }: Block): void {
    let at = 0;
    while (at < text.length) {
      const first = line + at;
      const prompt = this.#promptOf(text[at++] as string, lead);
      if (prompt === null) throw wrong(first, 'a terminal begins with a prompt');
      const commandLines = [prompt.command];
      while (text[at]?.startsWith('> ')) commandLines.push((text[at++] as string).slice(2));
      const output: string[] = [];
      while (at < text.length && this.#promptOf(text[at] as string, lead) === null) output.push(text[at++] as string);
      while (output.at(-1)?.trim() === '') output.pop();
      const command = commandLines.join('\n');
      const expected = { lines: output, any: remarks.any };
      for (const host of prompt.hosts) {
        const common = { line: first, host, command, expected, repeat: remarks.repeat || looks(prompt.kind, command) };
        if (prompt.kind === 'shell') this.#steps.push({ kind: 'shell', ...common });
        else this.#steps.push({ kind: 'sennit', prompt: prompt.text, ...common });
      }
    }
  }

  #promptOf(row: string, lead: string): Prompt | null {
    const system = /^root@([\w.-]+):[^\s#]*# (.*)$/.exec(row);
    if (system !== null && this.hosts.includes(system[1] as string))
      return { kind: 'shell', hosts: [system[1] as string], text: '', command: system[2] as string };
    const ours = /^([\w.-]+)(\([^()\s]+\))?[#>] ?(.*)$/.exec(row);
    if (ours !== null && this.hosts.includes(ours[1] as string)) {
      const command = ours[3] as string;
      const text = row.slice(0, row.length - command.length).trimEnd();
      return { kind: 'sennit', hosts: [ours[1] as string], text, command };
    }
    const hosts = row.startsWith('# ') ? this.#hostsOf(lastSentence(lead)) : [];
    return hosts.length > 0 ? { kind: 'shell', hosts, text: '', command: row.slice(2) } : null;
  }

  /** Those that "On …" names in the beginning of a sentence. */
  #hostsOf(sentence: string): readonly string[] {
    const rest = /^On (.*):$/.exec(sentence)?.[1] ?? '';
    if (/^(every|each|all|both)\b/.test(rest)) return this.every;
    const named: string[] = [];
    for (const word of rest.split(/,? and |, | /)) {
      if (!this.hosts.includes(word)) break;
      named.push(word);
    }
    return named;
  }
}

interface Prompt {
  readonly kind: 'shell' | 'sennit';
  readonly hosts: readonly string[];
  /** That of `sennit`. */
  readonly text: string;
  readonly command: string;
}

function looks(kind: Prompt['kind'], command: string): boolean {
  return kind === 'sennit' ? /^(do )?show /.test(command) : /^sennit -c (['"])show [^'"]*\1$/.test(command);
}

function lastSentence(paragraph: string): string {
  return paragraph.split(/(?<=[.!?]) +(?=[A-Z])/).at(-1) ?? '';
}

function noRemarks(): Remarks {
  return { any: [], repeat: false, skip: null };
}

function endOf(lines: readonly string[], begin: number, fence: string): number {
  const end = lines.findIndex((line, at) => at > begin && line.trim().startsWith(fence) && /^[`~]+$/.test(line.trim()));
  if (end < 0) throw wrong(begin + 1, 'the block does not end');
  return end;
}

function wrong(line: number, what: string): GuideError {
  return new GuideError(`line ${line}: ${what}`);
}
