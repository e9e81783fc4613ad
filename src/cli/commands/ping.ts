/** `ping peer …`: over the tunnel's own links. */
import type { Ping, PingOptions } from '../../control/ping.js';
import type { Args } from '../grammar/token.js';
import { pingData, pingHead, pingLine, pingText } from '../show/ping.js';
import type { Stream } from '../stream.js';
import type { ExecCommand, ExecContext } from './command.js';
import { chosenPeer, Refused } from './command.js';

const DEFAULT_SIZE = 100;
const DEFAULT_COUNT = 5;
/** Also the least that who may only look may ask for: shorter ones can fill a link. */
const DEFAULT_INTERVAL = 1000;

function optionsOf(context: ExecContext, args: Args): PingOptions {
  const intervalMs = Number(args.interval ?? DEFAULT_INTERVAL);
  const reader = context.shell.role === 'reader';
  if (reader && intervalMs < DEFAULT_INTERVAL)
    throw new Refused(`an interval below ${DEFAULT_INTERVAL} ms is for admins: join the group sennit-admin`);
  return {
    peer: chosenPeer(context, args) as string,
    link: args.link === undefined ? null : Number(args.link),
    size: Number(args.size ?? DEFAULT_SIZE),
    df: args.df !== undefined,
    count: Number(args.count ?? DEFAULT_COUNT),
    intervalMs,
    reader,
  };
}

function streamOf(options: PingOptions, ping: Ping): Stream {
  let head = `${pingHead(options, ping)}\n`;
  return {
    to: null,
    ends: true,
    next: async () => {
      const replies = await ping.next();
      if (replies === null) return null;
      const text = head + replies.map((reply) => `${pingLine(reply)}\n`).join('');
      head = '';
      return Buffer.from(text);
    },
    stop: () => ping.stop(),
    end: () => {
      const totals = ping.totals();
      return { text: pingText(totals), data: pingData(options, totals) };
    },
  };
}

export const pingCommands: Readonly<Record<string, ExecCommand>> = {
  'ping peer': {
    changes: false,
    run: (context, args) => {
      const options = optionsOf(context, args);
      return { text: '', stream: streamOf(options, context.engine.ping(options)) };
    },
  },
};
