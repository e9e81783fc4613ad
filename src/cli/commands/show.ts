/** The `show` commands: each asks the daemon for data and has it printed. */
import { formatError, load } from '../../config/load.js';
import type { Config } from '../../config/model.js';
import { render } from '../../config/render.js';
import { readConfigFile, StoreError } from '../../config/store.js';
import { configData, interfaceConfigData, interfaceOnly, peerConfigData, peerOnly } from '../show/config.js';
import { countersData, countersText } from '../show/counters.js';
import { failoversData, failoversText } from '../show/failovers.js';
import { interfaceData, interfaceText } from '../show/interface.js';
import { invitationsData, invitationsText } from '../show/invitations.js';
import { keyData, keyText } from '../show/key.js';
import { linksData, linksDetail, linksText } from '../show/links.js';
import { macTableData, macTableText } from '../show/mac-table.js';
import { peersData, peersDetail, peersText } from '../show/peers.js';
import { sessionsData, sessionsText } from '../show/sessions.js';
import { versionData, versionText } from '../show/version.js';
import type { Answer, ExecCommand, ExecContext } from './command.js';
import { chosenPeer, Refused } from './command.js';

function show(run: ExecCommand['run']): ExecCommand {
  return { changes: false, run };
}

function answer<T>(data: T, text: (data: T) => string): Answer {
  return { data, text: text(data) };
}

async function startupConfig({ startupFile }: ExecContext): Promise<Answer> {
  const text = await readConfigFile(startupFile).catch((error: unknown) => {
    const absent = error instanceof StoreError && error.code === 'ENOENT';
    throw absent ? new Refused(`${startupFile} does not exist yet: 'write memory' makes it`) : error;
  });
  return { text: text.trimEnd(), data: () => loadedData(text, startupFile) };
}

function loadedData(text: string, file: string): object {
  const loaded = load(text, file);
  if (!loaded.ok)
    throw new Refused(`the file does not load, so it has no data:\n${loaded.errors.map(formatError).join('\n')}`);
  return configData(loaded.config);
}

function runningConfig(config: Config): Answer {
  return { text: render(config).trimEnd(), data: configData(config) };
}

export const showCommands: Readonly<Record<string, ExecCommand>> = {
  'show version': show(({ engine }) => answer(versionData(engine.version()), versionText)),
  'show running-config': show(({ engine }) => runningConfig(engine.running())),
  'show startup-config': show(startupConfig),
  'show running-config interface': show(({ engine }, { interface: name }) => {
    const part = interfaceOnly(engine.running(), String(name));
    if (part === null) throw new Refused(`there is no interface ${name}`);
    return { text: render(part).trimEnd(), data: interfaceConfigData(part) };
  }),
  'show running-config peer': show((context, args) => {
    const peer = chosenPeer(context, args) as string;
    const part = peerOnly(context.engine.running(), peer);
    return { text: render(part).trimEnd(), data: peerConfigData(part, peer) };
  }),
  'show interface': show(({ engine, base }) =>
    answer(interfaceData(base.interface(engine.interface())), interfaceText),
  ),
  'show peers': show((context, args) => {
    const peer = chosenPeer(context, args);
    const data = peersData(context.base.peers(context.engine.peers()), peer);
    return answer(data, args.detail === undefined ? peersText : peersDetail);
  }),
  'show links': show(async (context, args) => {
    const peer = chosenPeer(context, args);
    const data = linksData(context.base.links(await context.engine.links()), peer);
    return answer(data, args.detail === undefined ? linksText : linksDetail);
  }),
  'show sessions': show((context, args) =>
    answer(sessionsData(context.engine.sessions(), chosenPeer(context, args)), sessionsText),
  ),
  'show mac-table': show(async (context, args) => {
    const peer = chosenPeer(context, args);
    return answer(macTableData(await context.engine.macTable(), peer), macTableText);
  }),
  'show failovers': show((context, args) =>
    answer(failoversData(context.engine.failovers(), chosenPeer(context, args)), failoversText),
  ),
  'show counters': show(({ engine, base }) => answer(countersData(base.counters(engine.counters())), countersText)),
  'show invitations': show(({ engine }) => answer(invitationsData(engine.invitations()), invitationsText)),
  'show crypto key': show(({ engine }) => {
    const keys = engine.keys();
    return { data: keyData(keys), text: keyText(keys) };
  }),
};
