/**
 * Where in the configuration a line acts: a path of modes such as configure > interface sennit0 > peer b.
 * A path holds names and no objects, so it survives a change of the model under it.
 */
import type { ArgValue, ModeName } from '../cli/grammar/token.js';
import type { Config, InterfaceConfig, PeerConfig, PeerLinkConfig } from './model.js';
import { hostSettings } from './settings/host.js';
import { interfaceSettings } from './settings/interface.js';
import { lineSettings } from './settings/line.js';
import { peerSettings } from './settings/peer.js';
import { peerLinkSettings } from './settings/peer-link.js';
import type { Setting } from './settings/setting.js';

export type ConfigMode = Exclude<ModeName, 'exec'>;

export interface Frame {
  readonly mode: ConfigMode;
  /** What was entered: an interface's or peer's name, a link's number; '' for `configure`. */
  readonly key: ArgValue;
}

export type Place = readonly Frame[];

/** The place where a configuration file and `configure terminal` begin. */
export const TOP: Place = [{ mode: 'configure', key: '' }];

/** The part of the model that a mode's commands act on, together with these commands' settings. */
export type Target =
  | { readonly mode: 'configure'; readonly part: Config }
  | { readonly mode: 'line'; readonly part: Config }
  | { readonly mode: 'interface'; readonly part: InterfaceConfig }
  | { readonly mode: 'peer'; readonly part: PeerConfig }
  | { readonly mode: 'peer-link'; readonly part: PeerLinkConfig };

const settings = {
  configure: hostSettings,
  line: lineSettings,
  interface: interfaceSettings,
  peer: peerSettings,
  'peer-link': peerLinkSettings,
} as const;

/** A command's setting bound to the part of the model that it acts on; undefined for `exit` and the like. */
export function settingOf(target: Target, command: string): BoundSetting | undefined {
  switch (target.mode) {
    case 'configure':
      return bind(settings.configure[command], target.part);
    case 'line':
      return bind(settings.line[command], target.part);
    case 'interface':
      return bind(settings.interface[command], target.part);
    case 'peer':
      return bind(settings.peer[command], target.part);
    case 'peer-link':
      return bind(settings['peer-link'][command], target.part);
  }
}

export interface BoundSetting {
  set(args: Parameters<Setting<unknown>['set']>[1]): ReturnType<Setting<unknown>['set']>;
  unset(args: Parameters<Setting<unknown>['unset']>[1]): ReturnType<Setting<unknown>['unset']>;
  print(): ReturnType<Setting<unknown>['print']>;
}

function bind<T>(setting: Setting<T> | undefined, part: T): BoundSetting | undefined {
  if (setting === undefined) return undefined;
  return {
    set: (args) => setting.set(part, args),
    unset: (args) => setting.unset(part, args),
    print: () => setting.print(part),
  };
}

/** What is at a place, or null when part of the path does not exist (any more). */
export function targetAt(config: Config, place: Place): Target | null {
  let target: Target | null = null;
  for (const frame of place) {
    target = frame.mode === 'configure' ? { mode: 'configure', part: config } : target && enter(target, frame);
    if (target === null) return null;
  }
  return target;
}

/** The child of `target` that `frame` names, or null. */
export function enter(target: Target, frame: Frame): Target | null {
  if (target.mode === 'configure' && frame.mode === 'line') return { mode: 'line', part: target.part };
  if (target.mode === 'configure' && frame.mode === 'interface') {
    const part = target.part.interface;
    return part?.name === frame.key ? { mode: 'interface', part } : null;
  }
  if (target.mode === 'interface' && frame.mode === 'peer') {
    const part = target.part.peers.get(String(frame.key));
    return part === undefined ? null : { mode: 'peer', part };
  }
  if (target.mode === 'peer' && frame.mode === 'peer-link') {
    const part = target.part.links.get(Number(frame.key));
    return part === undefined ? null : { mode: 'peer-link', part };
  }
  return null;
}

/** A place in words, for messages: `interface sennit0, peer b`. */
export function placeText(place: Place): string {
  const named = place.filter(({ mode }) => mode !== 'configure');
  return named
    .map(({ mode, key }) => `${mode === 'peer-link' ? 'link' : mode} ${mode === 'line' ? 'vty' : key}`)
    .join(', ');
}
