/** Settings of `configure` mode. */
import { endpoint, splitEndpoint } from '../../cli/grammar/address.js';
import type { LogFormat } from '../../log/format.js';
import type { Level } from '../../log/log.js';
import type { Cipher, Config, LoggingConfig } from '../model.js';
import { DEFAULTS, newInterface } from '../model.js';
import type { Setting } from './setting.js';
import { field, text } from './setting.js';

const tap: Setting<Config> = {
  set(config, args) {
    const name = text(args, 'name');
    const present = config.interface?.name;
    if (present !== undefined && present !== name) {
      return `a daemon has one interface, and ${present} exists: 'no interface ${present}' removes it`;
    }
    config.interface ??= newInterface(name);
    return undefined;
  },
  unset(config, args) {
    if (config.interface?.name !== text(args, 'name')) return `there is no interface ${text(args, 'name')}`;
    config.interface = null;
    return undefined;
  },
  print: (config) => (config.interface === null ? [] : [{ name: config.interface.name }]),
};

const metrics: Setting<Config> = {
  set(config, args) {
    config.metrics = splitEndpoint(text(args, 'endpoint'));
    return undefined;
  },
  unset(config) {
    config.metrics = null;
    return undefined;
  },
  print: ({ metrics: at }) => (at === null ? [] : [{ endpoint: endpoint(at.address, at.port) }]),
};

/** A setting of the log. */
function ofLogging(setting: Setting<LoggingConfig>): Setting<Config> {
  return {
    set: ({ logging }, args) => setting.set(logging, args),
    unset: ({ logging }, args) => setting.unset(logging, args),
    print: ({ logging }) => setting.print(logging),
  };
}

/** Whoever may configure must not have the daemon write into any file of the host. */
const logFile: Setting<LoggingConfig> = {
  ...field('file', 'file', null as string | null),
  set(logging, args) {
    const file = text(args, 'file');
    if (!file.endsWith('.log')) return `the name of a log must end with .log: such as ${file.replace(/\/+$/, '')}.log`;
    logging.file = file;
    return undefined;
  },
};

/** The mode exists whatever is in it. */
const vty: Setting<Config> = {
  set: () => undefined,
  unset(config) {
    config.vtyTimeout = DEFAULTS.vtyTimeout;
    return undefined;
  },
  print: ({ vtyTimeout }) => (vtyTimeout === DEFAULTS.vtyTimeout ? [] : [{}]),
};

export const hostSettings: Record<string, Setting<Config>> = {
  hostname: field('hostname', 'hostname', null as string | null),
  network: field('network', 'network', DEFAULTS.network as string),
  'crypto cipher': field('cipher', 'cipher', DEFAULTS.cipher as Cipher),
  'crypto key': field('keyFile', 'file', DEFAULTS.keyFile as string),
  'crypto psk': field('pskFile', 'file', null as string | null),
  'crypto overlap': field('keyOverlap', 'seconds', DEFAULTS.keyOverlap as number),
  'metrics listen': metrics,
  'logging format': ofLogging(field('format', 'format', DEFAULTS.logging.format as LogFormat)),
  'logging level': ofLogging(field('level', 'level', DEFAULTS.logging.level as Level)),
  'logging file': ofLogging(logFile),
  'line vty': vty,
  interface: tap,
};
