/** The status page as `scripts/page.mjs` has put it together, and the headers that keep it to what it is. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Beside this module, or beside the program that it was bundled into. */
const FILE = new URL('./status-page.html', import.meta.url);

export interface Page {
  readonly html: string;
  /** Content-Security-Policy (W3C CSP 3): its own style and script by their hashes, and nothing from elsewhere. */
  readonly policy: string;
}

/** Reads it. @throws when it is not there: then the installation is not whole */
export function readPage(): Page {
  const html = readFileSync(FILE, 'utf8');
  const policy = [
    "default-src 'none'",
    `style-src ${hashOf(html, 'style')}`,
    `script-src ${hashOf(html, 'script')}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return { html, policy: policy.join('; ') };
}

/** Of the one element of that name. */
function hashOf(html: string, name: 'style' | 'script'): string {
  const text = new RegExp(`<${name}[^>]*>([^]*)</${name}>`).exec(html)?.[1] ?? '';
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
