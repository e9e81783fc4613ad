/** Commands of exec mode that do something: save, clear, invite, join. */
import { render } from '../../config/render.js';
import { writeConfigFile } from '../../config/store.js';
import type { Engine } from '../../control/engine.js';
import { drillText } from '../show/failovers.js';
import type { Answer, ExecCommand, ExecContext } from './command.js';
import { chosenPeer } from './command.js';

async function save({ engine, startupFile }: ExecContext): Promise<Answer> {
  engine.commits.mayBeSaved();
  const notKept = await writeConfigFile(startupFile, render(engine.running()));
  const note = notKept === null ? '' : `\nNote: the one before could not be kept: ${notKept}`;
  return { text: `Saved to ${startupFile}${note}` };
}

async function join(engine: Engine, invitation: string): Promise<Answer> {
  const { network, id, peer, connected, leftOut } = await engine.join(invitation);
  const state = connected ? 'is connected' : "is not connected yet: see 'show links'";
  const lines = [`joined network ${network} as host ${id}; peer ${peer} ${state}`];
  return { text: [...lines, ...leftOut.map((one) => `no link to ${one}`)].join('\n') };
}

const saveCommand: ExecCommand = { changes: true, run: save };

export const actCommands: Readonly<Record<string, ExecCommand>> = {
  'write memory': saveCommand,
  'copy running-config startup-config': saveCommand,
  invite: {
    changes: true,
    run: async ({ engine }, args) => {
      const seconds = Number(args.time ?? 60) * (args.unit === 'seconds' ? 1 : 60);
      const id = args.id === undefined ? null : Number(args.id);
      const address = args.address === undefined ? null : String(args.address);
      const issued = await engine.invite({ peer: String(args.peer), id, address, seconds });
      return { text: issued.invitation, data: issued };
    },
  },
  join: {
    changes: true,
    run: ({ engine }, args) => {
      if (args.invitation !== undefined) return join(engine, String(args.invitation));
      return { text: '', ask: { prompt: 'Invitation: ', finish: (text) => join(engine, text) } };
    },
  },
  'test failover': {
    // Not in the queue of changes: others may change things meanwhile, even take the link away.
    changes: false,
    run: async (context, args) => {
      const peer = chosenPeer(context, args) as string;
      const options = { peer, link: Number(args.link), seconds: Number(args.seconds ?? 3) };
      const result = await context.engine.drill(options, context.gone);
      return { text: drillText(result), data: result };
    },
  },
  'clear invitation': {
    changes: true,
    run: async ({ engine }, args) => {
      await engine.clearInvitation(String(args.peer));
      return { text: '' };
    },
  },
};
