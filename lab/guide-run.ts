/** Follows a guide step by step on hosts in namespaces; how a guide is written is told in guide.ts. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Expected, readGuide, type Step } from './guide.js';
import { Stage, type StageOptions } from './guide-stage.js';
import { Words } from './guide-words.js';
import type { Lab } from './namespaces.js';

type Act = (stage: Stage) => Promise<void> | void;

export interface GuideOptions extends StageOptions {
  /** The hosts that "every host" means (default: all that have devices). */
  readonly every?: readonly string[];
  /** What `run NAME` in the guide does. All of them must be used. */
  readonly acts?: Readonly<Record<string, Act>>;
}

/** What a look must show by then, or the guide is wrong. */
const PATIENCE_MS = 45_000;
const POLL_MS = 150;

/**
 * Does what the guide says, and compares what is printed with what it shows.
 * @param path below the repository's root, such as docs/corosync.md
 * @throws with line, command, what the guide shows and what was printed
 */
export async function followGuide(lab: Lab, path: string, options: GuideOptions): Promise<void> {
  const markdown = readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
  await followText(lab, path, markdown, options);
}

/** The same for the text of a guide. @param path what it is called in complaints */
export async function followText(lab: Lab, path: string, markdown: string, options: GuideOptions): Promise<void> {
  const withDevices = Object.entries(options.hosts).flatMap(([name, devices]) =>
    Object.keys(devices)[0] ? [name] : [],
  );
  const guide = readGuide(markdown, Object.keys(options.hosts), options.every ?? withDevices);
  const acts = new Map(Object.entries(options.acts ?? {}));
  const unused = [...acts.keys()].filter(
    (name) => !guide.steps.some((step) => step.kind === 'run' && step.name === name),
  );
  if (unused.length > 0) throw new Error(`${path} does not mention what the test would do: ${unused.join(', ')}`);
  const stage = new Stage(lab, options);
  const words = new Words(guide.bound);
  try {
    await stage.start();
    for (const same of byLine(guide.steps)) {
      try {
        // A command for several hosts runs on all of them at once.
        await Promise.all(same.map((step) => take(step, { acts, stage, words })));
      } catch (error) {
        throw new Error(`${path}:${same[0]?.line}: ${(error as Error).message}\n${journals(stage)}`);
      }
    }
  } finally {
    stage.close();
  }
}

/** Steps of one line of the guide together. */
function byLine(steps: readonly Step[]): Step[][] {
  const groups: Step[][] = [];
  for (const step of steps) {
    const group = groups.at(-1);
    if (group?.[0]?.line === step.line) group.push(step);
    else groups.push([step]);
  }
  return groups;
}

interface Scene {
  readonly acts: ReadonlyMap<string, Act>;
  readonly stage: Stage;
  readonly words: Words;
}

async function take(step: Step, { acts, stage, words }: Scene): Promise<void> {
  if (step.kind === 'run') {
    show(`--- ${step.name}`);
    await actOf(acts, step.name)(stage);
  } else if (step.kind === 'file') await writeFiles(stage, words, step);
  else await follow(stage, words, step);
}

/** For who wants to see what the tests of the guides see: on standard error, where nobody waits for results. */
function show(text: string): void {
  if (process.env.SENNIT_SHOW_GUIDES === '1') process.stderr.write(`${text.trimEnd()}\n`);
}

function actOf(acts: ReadonlyMap<string, Act>, name: string): Act {
  const act = acts.get(name);
  if (act === undefined) throw new Error(`the test knows nothing by the name '${name}'`);
  return act;
}

async function writeFiles(stage: Stage, words: Words, step: Step & { kind: 'file' }): Promise<void> {
  for (const name of step.hosts) await stage.host(name).write(step.path, words.fill(step.text), step.append);
}

async function follow(stage: Stage, words: Words, step: Step & { kind: 'shell' | 'sennit' }): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const printed = await perform(stage, words, step);
    if (words.accept(step.expected, printed)) return show(`${step.host}: ${words.fill(step.command)}\n${printed}`);
    if (!step.repeat || Date.now() > deadline) throw new Error(difference(step, step.expected, printed));
    await sleep(POLL_MS);
  }
}

async function perform(stage: Stage, words: Words, step: Step & { kind: 'shell' | 'sennit' }): Promise<string> {
  const host = stage.host(step.host);
  const command = words.fill(step.command);
  if (step.kind === 'shell') {
    if (command === 'sennit') return host.open();
    const { code, output } = await host.run(command);
    return code !== 0 && step.expected.lines.length === 0 ? `${output}(exit code ${code})\n` : output;
  }
  const prompt = await host.prompt();
  if (prompt !== step.prompt) throw new Error(`the guide has the prompt ${step.prompt}, the shell ${prompt}`);
  return host.line(command);
}

function difference({ host, command }: { host: string; command: string }, expected: Expected, printed: string): string {
  const shown = expected.lines.map((line) => `  | ${line}\n`).join('');
  const actual = printed.replace(/^/gm, '  | ');
  return `on ${host}: ${command}\nthe guide shows\n${shown}and this was printed\n${actual}`;
}

/** The end of what the daemons said. */
function journals(stage: Stage): string {
  const ends = [...stage.hosts.values()].map((host) => [host.name, host.journal('sennitd').slice(-1500)]);
  return ends.map(([name, text]) => `--- journal of ${name}\n${text}`).join('\n');
}
