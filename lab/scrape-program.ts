/** Scrapes from within a namespace, one after the other: what to ask, a line of JSON, on standard input; how long it took as the answer. */
import { createInterface } from 'node:readline';

/** A page is asked for `count` times, but no longer than for `ms` milliseconds unless that is 0. */
export interface Scrapes {
  url: string;
  count: number;
  ms: number;
}

export interface ScrapeTimes {
  /** Milliseconds that each took, with all its bytes. */
  times: number[];
  /** Length of the last answer. */
  bytes: number;
}

async function scrape({ url, count, ms }: Scrapes): Promise<ScrapeTimes> {
  const result: ScrapeTimes = { times: [], bytes: 0 };
  const end = ms === 0 ? Number.POSITIVE_INFINITY : performance.now() + ms;
  while (result.times.length < count && performance.now() < end) {
    const asked = performance.now();
    const reply = await fetch(url, { signal: AbortSignal.timeout(30_000) });
    if (reply.status !== 200) throw new Error(`${url} answers ${reply.status}`);
    result.bytes = (await reply.arrayBuffer()).byteLength;
    result.times.push(performance.now() - asked);
  }
  return result;
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await scrape(JSON.parse(line)))}\n`);
}
