/** Commands of exec mode about keys. */
import type { Args } from '../grammar/token.js';
import { keyText } from '../show/key.js';
import type { Answer, ExecCommand, ExecContext } from './command.js';
import { chosenPeer, Refused } from './command.js';

function change(run: ExecCommand['run']): ExecCommand {
  return { changes: true, run };
}

const fileOf = (args: Args): string | null => (args.file === undefined ? null : String(args.file));

/** A new file does nothing until the configuration names it. */
function named(path: string): string {
  return `It is used where the configuration names it: 'crypto psk file ${path}', or 'psk file ${path}' of a peer.`;
}

async function generateNext({ engine }: ExecContext): Promise<Answer> {
  const publicKey = await engine.generateNextKey();
  const advice = "Give it to every peer ('public-key' there), then 'crypto key roll' here.";
  return { text: `Next private key in ${engine.running().keyFile}.next\nPublic key: ${publicKey}\n${advice}` };
}

async function rollKey({ engine }: ExecContext): Promise<Answer> {
  const keys = keyText(await engine.rollKey());
  const open = engine.invitations().filter(({ state }) => state === 'open');
  if (open.length === 0) return { text: keys };
  const peers = open.map(({ peer }) => peer).join(', ');
  return { text: `${keys}\nInvitations that are open name the old key and work no more, invite anew: ${peers}` };
}

async function generatePsk({ engine }: ExecContext, args: Args): Promise<Answer> {
  const path = await engine.generatePsk(fileOf(args));
  return {
    text: `New pre-shared key in ${path}. Copy the file to the hosts that share it (mode 600).\n${named(path)}`,
  };
}

function enterPsk(context: ExecContext, args: Args): Answer {
  const { engine } = context;
  const target = { peer: chosenPeer(context, args), file: fileOf(args) };
  if (target.peer !== null && target.file !== null)
    throw new Refused("give a peer or a file: the file of a peer is the one that its 'psk file' names");
  engine.pskFile(target); // what is wrong is said before anything is typed
  return {
    text: '',
    ask: {
      prompt: 'Pre-shared key (base64, 32 bytes): ',
      finish: async (text) => {
        const path = await engine.enterPsk(target, text);
        return { text: `Pre-shared key written to ${path}.${target.file === null ? '' : `\n${named(path)}`}` };
      },
    },
  };
}

export const cryptoCommands: Readonly<Record<string, ExecCommand>> = {
  'crypto key generate': change(async ({ engine }) => {
    const publicKey = await engine.generateKey();
    return { text: `New private key in ${engine.running().keyFile}\nPublic key: ${publicKey}` };
  }),
  'crypto key generate next': change(generateNext),
  'crypto key roll': change(rollKey),
  'crypto psk generate': change(generatePsk),
  'crypto psk enter': change(enterPsk),
  'crypto reload': change(async ({ engine }) => {
    await engine.reloadKeys();
    return { text: '' };
  }),
  'crypto rekey': change(async (context, args) => {
    await context.engine.rekey(chosenPeer(context, args));
    return { text: '' };
  }),
};
