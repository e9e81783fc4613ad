/** Asks for pages from within a namespace: an address a line of JSON on standard input, status and text as the answer. */
import { createInterface } from 'node:readline';

export interface Page {
  readonly status: number;
  readonly text: string;
}

for await (const line of createInterface({ input: process.stdin })) {
  let page: Page;
  try {
    const reply = await fetch(JSON.parse(line) as string, { signal: AbortSignal.timeout(10_000) });
    page = { status: reply.status, text: await reply.text() };
  } catch (error) {
    page = { status: 0, text: String((error as Error).cause ?? error) };
  }
  process.stdout.write(`${JSON.stringify(page)}\n`);
}
