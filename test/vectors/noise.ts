/** The cacophony collection's vectors: a whole handshake and some transport messages, both ends. */
import { CipherState, HandshakeState } from '../../src/core/crypto/noise.js';
import type { Primitives } from '../../src/core/crypto/primitives.js';
import { Tally } from './tally.js';

interface Vector {
  protocol_name: string;
  init_prologue: string;
  init_psks?: string[];
  init_static: string;
  init_ephemeral: string;
  init_remote_static: string;
  resp_prologue: string;
  resp_psks?: string[];
  resp_static: string;
  resp_ephemeral: string;
  handshake_hash: string;
  messages: { payload: string; ciphertext: string }[];
}

export interface CacophonyFile {
  vectors: Vector[];
}

const NAME = /^Noise_(IK|IKpsk2)_25519_ChaChaPoly_BLAKE2b$/;
const NOTHING = new Uint8Array(0);

export function runNoise(primitives: Primitives, file: CacophonyFile): Tally {
  const tally = new Tally('Noise');
  for (const vector of file.vectors) {
    const pattern = NAME.exec(vector.protocol_name)?.[1] as 'IK' | 'IKpsk2' | undefined;
    if (pattern === undefined) tally.skip(`${vector.protocol_name} is not used by Sennit`);
    else tally.check(vector.protocol_name, runVector(primitives, vector, pattern));
  }
  return tally;
}

function runVector(primitives: Primitives, vector: Vector, pattern: 'IK' | 'IKpsk2'): boolean {
  const initiatorSecret = bytes(vector.init_static);
  const responderSecret = bytes(vector.resp_static);
  const initiator = new HandshakeState({
    primitives,
    pattern,
    initiator: true,
    prologue: bytes(vector.init_prologue),
    staticSecret: initiatorSecret,
    staticPublic: primitives.x25519Base(initiatorSecret),
    remoteStatic: bytes(vector.init_remote_static),
  });
  const responder = new HandshakeState({
    primitives,
    pattern,
    initiator: false,
    prologue: bytes(vector.resp_prologue),
    staticSecret: responderSecret,
    staticPublic: primitives.x25519Base(responderSecret),
    remoteStatic: null,
  });
  initiator.psk = vector.init_psks?.[0] ? bytes(vector.init_psks[0]) : null;
  responder.psk = vector.resp_psks?.[0] ? bytes(vector.resp_psks[0]) : null;

  const [first, second, ...transport] = vector.messages;
  if (first === undefined || second === undefined) return false;
  const message1 = initiator.writeMessage(bytes(first.payload), bytes(vector.init_ephemeral));
  if (message1 === null || hex(message1) !== first.ciphertext) return false;
  if (hex(responder.readMessage(message1)) !== first.payload) return false;
  const message2 = responder.writeMessage(bytes(second.payload), bytes(vector.resp_ephemeral));
  if (message2 === null || hex(message2) !== second.ciphertext) return false;
  if (hex(initiator.readMessage(message2)) !== second.payload) return false;
  if (hex(initiator.getHandshakeHash()) !== vector.handshake_hash) return false;
  if (hex(responder.getHandshakeHash()) !== vector.handshake_hash) return false;

  const senders = initiator.split().map((key) => cipher(primitives, key));
  const receivers = responder.split().map((key) => cipher(primitives, key));
  return transport.every(({ payload, ciphertext }, index) => {
    const sealed = senders[index % 2]?.encryptWithAd(NOTHING, bytes(payload));
    if (sealed === undefined || hex(sealed) !== ciphertext) return false;
    return hex(receivers[index % 2]?.decryptWithAd(NOTHING, sealed) ?? null) === payload;
  });
}

function cipher(primitives: Primitives, key: Uint8Array): CipherState {
  const state = new CipherState(primitives);
  state.initializeKey(key);
  return state;
}

function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'));
}

function hex(data: Uint8Array | null): string | null {
  return data === null ? null : Buffer.from(data).toString('hex');
}
