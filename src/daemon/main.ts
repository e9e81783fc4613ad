/** sennitd: reads its arguments and its configuration, runs, and ends cleanly on SIGTERM or SIGINT. */
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { CommandQueue } from '../cli/queue.js';
import { formatBriefly, formatError, load } from '../config/load.js';
import { type Config, emptyConfig } from '../config/model.js';
import { readConfigFile, StoreError } from '../config/store.js';
import { incomplete, missing } from '../config/validate.js';
import { EngineError } from '../control/engine.js';
import { DEFAULT_SOCKET } from '../control/messages.js';
import { runsAs } from '../io/account.js';
import { serviceManager } from '../io/service-manager.js';
import { loadSodium } from '../io/sodium.js';
import { Journal } from '../log/journal.js';
import { Logging } from '../log/logging.js';
import { isJournal, StandardError } from '../log/standard-error.js';
import { VERSION } from '../version.js';
import { LaneClient } from './lane-client.js';
import { accountOf, runAs } from './run-as.js';
import { StampStore } from './stamp-store.js';
import { lockState } from './state-lock.js';
import { Supervision } from './supervision.js';
import { TapKeeper } from './tap-keeper.js';
import { Daemon } from './wiring.js';

const journal = new Journal();
const logging = new Logging({
  journal,
  standardError: new StandardError(process.stderr, isJournal(process.env.JOURNAL_STREAM, process.stderr.fd)),
});
const { log } = logging;

const DEFAULT_CONFIG = '/etc/sennit/sennit.conf';
/** Holds a state directory for each configuration file. */
const STATE = '/var/lib/sennit';

const USAGE = `usage: sennitd [--config FILE] [--socket PATH] [--state DIR] [--user NAME]
               [--check [FILE]] [--version] [--help]

  --config FILE   configuration to run (default ${DEFAULT_CONFIG})
  --socket PATH   control socket for the shell (default ${DEFAULT_SOCKET})
  --state DIR     what must outlive a restart: stamps of handshakes, invitations,
                  the last commits
                  (default ${STATE}/NAME for the configuration NAME.conf)
  --user NAME     go on as this user once everything is open (NAME, NAME:GROUP, or numbers)
  --check [FILE]  read the configuration, say whether it is right, and end
  --version       print the version and end
`;

/** Something is wrong that the person who started the daemon can mend: one message, exit code 1. */
class StartError extends Error {
  /** @param brief the same for the log: without the text of lines, in which a secret may stand by mistake */
  constructor(
    message: string,
    readonly brief = message,
  ) {
    super(message);
  }
}

async function readConfig(path: string, optional: boolean): Promise<Config> {
  let text: string;
  try {
    text = await readConfigFile(path);
  } catch (error) {
    if (optional && error instanceof StoreError && error.code === 'ENOENT') return emptyConfig();
    throw new StartError((error as Error).message);
  }
  const loaded = load(text, path);
  if (loaded.ok) return loaded.config;
  throw new StartError(loaded.errors.map(formatError).join('\n'), loaded.errors.map(formatBriefly).join('; '));
}

async function check(path: string): Promise<void> {
  const config = await readConfig(path, false);
  for (const warning of incomplete(config)) process.stdout.write(`${path}: note: ${warning}\n`);
  process.stdout.write(`${path}: the configuration is right\n`);
}

interface RunOptions {
  configFile: string;
  /** The configuration file need not be there. */
  optional: boolean;
  /** Path of the control socket. */
  socket: string;
  /** The state directory. */
  state: string;
  /** Whom to go on as. */
  user: string | undefined;
}

async function run({ configFile, optional, socket, state, user }: RunOptions): Promise<void> {
  const account = user === undefined ? null : accountOf(user);
  const config = await readConfig(configFile, optional);
  lockState(state);
  logging.begin(config.logging);
  const died = (error: Error): void => {
    log('error', 'lane-died', { error: error.stack ?? error.message });
    process.exit(70);
  };
  const [primitives, lane, stamps] = await Promise.all([
    loadSodium(),
    LaneClient.start(died),
    StampStore.open({ directory: state, log }),
  ]);
  if (lane.aead === 'node') log('warning', 'slow-crypto', { reason: "this Node does not export OpenSSL's functions" });
  const queue = new CommandQueue();
  const manager = serviceManager(process.env);
  const keeping = { startupFile: configFile, stateDirectory: state, queue };
  const tapKeeper = new TapKeeper(manager, process.env);
  const daemon = new Daemon(lane, primitives, logging, stamps, keeping, tapKeeper);
  try {
    await daemon.commits.begin(config);
    tapKeeper.settle();
    const report = (error: unknown): void => log('error', 'fault', { error: String((error as Error)?.stack ?? error) });
    // What the daemon must write or remove later; its configuration and keys are the operator's affair.
    const beforeServing = async (made: readonly string[]): Promise<void> => {
      if (account === null) return;
      logging.giveTo(account.uid);
      await runAs(account, lane, daemon.running(), [...made, state]);
    };
    // Not before: handshakes are on their way meanwhile.
    const { startRpcServer } = await import('../control/server.js');
    const rpc = await startRpcServer({
      path: socket,
      engine: daemon,
      startupFile: configFile,
      queue,
      journal,
      log,
      beforeServing,
      report,
    });
    for (const { text: reason, ...where } of missing(daemon.running()))
      log('warning', 'incomplete', { reason, ...where });
    const supervision = new Supervision({
      manager,
      environment: process.env,
      peers: () => daemon.peers(),
      lane: () => lane.sync(),
    });
    supervision.ready();
    log('info', 'ready', { version: VERSION, socket, config: configFile, user: runsAs() });
    // A rotation of logs must not apply a file that is not meant to run yet: SIGUSR1 does only this, as with FRR.
    process.on('SIGUSR1', () => logging.reopen());
    process.on('SIGHUP', () => {
      logging.reopen();
      const reload = async (): Promise<void> => {
        // A file that has gone meanwhile is a mistake, not the wish to have nothing.
        await daemon.commits.commit(await readConfig(configFile, false), { person: null, how: 'SIGHUP' }, null);
        await daemon.reloadKeys();
        log('info', 'reloaded', { config: configFile });
      };
      const refused = (error: unknown): void => {
        const { message } = error as Error;
        log('error', 'reload-refused', { error: error instanceof StartError ? error.brief : message });
      };
      void queue.run(reload).catch(refused);
    });
    const signal = await new Promise<string>((resolve) => {
      process.once('SIGTERM', resolve);
      process.once('SIGINT', resolve);
    });
    log('info', 'stopping', { signal });
    supervision.stopping();
    await rpc.close();
  } finally {
    await daemon.close();
    logging.close();
  }
}

/** A log that nobody reads any more is no reason to stop carrying frames. */
process.stderr.on('error', () => {});

async function main(): Promise<void> {
  let values: Partial<Record<'config' | 'socket' | 'state' | 'user', string>> &
    Partial<Record<'check' | 'version' | 'help', boolean>>;
  let positionals: string[];
  try {
    ({ values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        config: { type: 'string' },
        socket: { type: 'string' },
        state: { type: 'string' },
        user: { type: 'string' },
        check: { type: 'boolean' },
        version: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }));
    if (positionals.length > (values.check ? 1 : 0)) throw new Error(`unexpected argument '${positionals.at(-1)}'`);
  } catch (error) {
    // Node goes on with advice about positional arguments, which is of no use here.
    process.stderr.write(`sennitd: ${(error as Error).message.split(/\. To specify|\n/, 1)[0]}\n${USAGE}`);
    await LaneClient.abandon();
    process.exit(2);
  }
  if (values.help) process.stdout.write(USAGE);
  else if (values.version) process.stdout.write(`sennitd ${VERSION}\n`);
  else if (values.check) await check(positionals[0] ?? values.config ?? DEFAULT_CONFIG);
  else {
    const configFile = values.config ?? DEFAULT_CONFIG;
    const socket = values.socket ?? process.env.SENNIT_SOCKET ?? DEFAULT_SOCKET;
    const state = values.state ?? join(STATE, basename(configFile, '.conf'));
    await run({ configFile, optional: values.config === undefined, socket, state, user: values.user });
  }
}

try {
  await main();
  process.exit(0);
} catch (error) {
  const plain = error instanceof StartError || error instanceof EngineError;
  process.stderr.write(`sennitd: ${plain ? error.message : ((error as Error).stack ?? String(error))}\n`);
  await LaneClient.abandon();
  process.exit(1);
}
