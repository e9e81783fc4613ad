/** Plain questions over HTTP, and a port to ask at. */
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect, createServer } from 'node:net';
import type { ListenConfig } from '../../src/config/model.js';

export interface Reply {
  status: number;
  type: string;
  body: string;
  headers: IncomingHttpHeaders;
}

export function ask(at: ListenConfig, path: string, { method = 'GET', host = 'localhost' } = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const { address, port } = at;
    const asked = request({ host: address, port, path, method, headers: { host }, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text) => {
        body += text;
      });
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response;
        resolve({ status, type: headers['content-type'] ?? '', body, headers });
      });
    });
    asked.on('error', reject);
    asked.end();
  });
}

/** Sends these bytes as they are. @returns all that comes until the end */
export function askPlainly({ address, port }: ListenConfig, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let reply = '';
    const socket = connect(port, address, () => socket.write(request));
    socket.setEncoding('utf8');
    socket.on('data', (text) => {
      reply += text;
    });
    socket.on('end', () => resolve(reply));
    socket.on('error', reject);
  });
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
