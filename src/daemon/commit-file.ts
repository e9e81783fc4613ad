/**
 * A configuration on the disk, with how it came about. The first line is JSON, the rest the configuration:
 *
 *     {"format":"sennit commit 1","at":MS,"user":"root","how":"terminal","sum":"SHA-256 of the rest, hexadecimal"}
 *     hostname h1
 *     …
 */
import { createHash } from 'node:crypto';

const FORMAT = 'sennit commit 1';

export interface CommitFile {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly user: string;
  readonly how: string;
  readonly text: string;
}

export function formatCommit({ at, user, how, text }: CommitFile): string {
  return `${JSON.stringify({ format: FORMAT, at, user, how, sum: sum(text) })}\n${text}`;
}

/** What a file says; null when it is damaged. */
export function parseCommit(content: string): CommitFile | null {
  const end = content.indexOf('\n');
  if (end < 0) return null;
  const text = content.slice(end + 1);
  let head: unknown;
  try {
    head = JSON.parse(content.slice(0, end));
  } catch {
    return null;
  }
  if (typeof head !== 'object' || head === null) return null;
  const { format, at, user, how, sum: given } = head as Record<string, unknown>;
  if (format !== FORMAT || given !== sum(text)) return null;
  if (typeof at !== 'number' || typeof user !== 'string' || typeof how !== 'string') return null;
  return { at, user, how, text };
}

function sum(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
