/** What is made from the grammar and from the table of events, and where it lies in the repository. */
import { configurationPage } from './configuration-page.js';
import { eventsPage } from './events-page.js';
import { cliReference } from './reference.js';

export interface Document {
  /** From the top of the repository. */
  readonly path: string;
  readonly text: string;
}

export function documents(): Document[] {
  return [
    { path: 'docs/cli-reference.md', text: cliReference() },
    { path: 'docs/events.md', text: eventsPage() },
    { path: 'packaging/man/sennit.conf.5', text: configurationPage() },
  ];
}
