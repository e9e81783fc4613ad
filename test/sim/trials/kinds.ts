/** What may happen to a link: the cuts of the failover matrix, and more. */
export const FAULT_KINDS = [
  'interface down',
  'send error',
  'silent both ways',
  'silent one way',
  'large dropped',
  '50 % loss',
  '+300 ms',
  'nat rebinding',
  'flap',
  'flap of the carrier',
  'two at once',
  'stopped',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** Links that there must be for it. */
export const LINKS_OF: Readonly<Record<FaultKind, number>> = {
  'interface down': 1,
  'send error': 1,
  'silent both ways': 1,
  'silent one way': 1,
  'large dropped': 1,
  '50 % loss': 1,
  '+300 ms': 1,
  'nat rebinding': 1,
  flap: 1,
  'flap of the carrier': 1,
  'two at once': 3,
  stopped: 1,
};
