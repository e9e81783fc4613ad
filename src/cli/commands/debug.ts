/** `debug …`, `undebug …` and `show debugging`. */
import type { DebugTopic } from '../../control/debugging.js';
import { DEBUG_TOPICS } from '../../control/debugging.js';
import type { Args } from '../grammar/token.js';
import { debuggingData, debuggingText, debugHint } from '../show/debugging.js';
import type { Answer, ExecCommand, ExecContext } from './command.js';
import { chosenPeer, Refused } from './command.js';

function topicsOf({ topic }: Args): readonly DebugTopic[] {
  return topic === undefined || topic === 'all' ? DEBUG_TOPICS : [topic as DebugTopic];
}

function switchOff({ engine }: ExecContext, args: Args): Answer {
  const { debugging } = engine;
  const peer = args.peer === undefined ? null : String(args.peer);
  for (const topic of topicsOf(args)) {
    const known = debugging.status().find((each) => each.topic === topic);
    if (peer !== null && known?.peers.length === 0)
      throw new Refused(`'debug ${topic}' is on for all peers: 'undebug ${topic}' switches it off`);
    debugging.off(topic, peer);
  }
  return { text: debuggingText(debugging.status()) };
}

export const debugCommands: Readonly<Record<string, ExecCommand>> = {
  debug: {
    changes: false,
    run: (context, args, negated) => {
      if (negated) return switchOff(context, args);
      const peer = chosenPeer(context, args);
      for (const topic of topicsOf(args)) context.engine.debugging.on(topic, peer);
      return { text: `${debuggingText(context.engine.debugging.status())}${debugHint(context.shell.monitor)}` };
    },
  },
  undebug: { changes: false, run: switchOff },
  'show debugging': {
    changes: false,
    run: ({ engine }) => {
      const data = debuggingData(engine.debugging.status());
      return { text: debuggingText(data), data };
    },
  },
};
