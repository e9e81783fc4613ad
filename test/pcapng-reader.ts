/** Reads pcapng files, for tests: strictly, so that a block that is not as the specification says is an error. */
import assert from 'node:assert/strict';

export interface PcapInterface {
  readonly linkType: number;
  readonly snapLength: number;
  readonly name: string;
}

export interface PcapPacket {
  readonly interface: number;
  /** Microseconds since 1970. */
  readonly time: number;
  readonly data: Buffer;
  readonly length: number;
  /** The last two bits of epb_flags: 1 in, 2 out. */
  readonly direction: number;
  readonly comment: string | null;
}

export interface PcapFile {
  readonly interfaces: PcapInterface[];
  readonly packets: PcapPacket[];
  /** Of each interface: received, dropped, delivered. */
  readonly statistics: { interface: number; received: number; dropped: number; delivered: number }[];
}

export function readPcapng(file: Buffer): PcapFile {
  const read: PcapFile = { interfaces: [], packets: [], statistics: [] };
  assert.equal(file.readUInt32LE(0), 0x0a0d0d0a, 'it begins with a section header');
  for (let at = 0; at < file.length; ) {
    const length = file.readUInt32LE(at + 4);
    assert.equal(length % 4, 0);
    assert.equal(file.readUInt32LE(at + length - 4), length, 'the length is repeated');
    readBlock(read, file.readUInt32LE(at), file.subarray(at + 8, at + length - 4));
    at += length;
  }
  return read;
}

function readBlock(read: PcapFile, type: number, body: Buffer): void {
  switch (type) {
    case 0x0a0d0d0a:
      assert.equal(body.readUInt32LE(0), 0x1a2b3c4d);
      assert.deepEqual([body.readUInt16LE(4), body.readUInt16LE(6)], [1, 0]);
      assert.equal(body.readBigInt64LE(8), -1n);
      optionsOf(body.subarray(16));
      return;
    case 1: {
      const options = optionsOf(body.subarray(8));
      assert.deepEqual(options.get(9), Buffer.of(6), 'times in microseconds');
      const name = options.get(2)?.toString() ?? '';
      read.interfaces.push({ linkType: body.readUInt16LE(0), snapLength: body.readUInt32LE(4), name });
      return;
    }
    case 6: {
      const captured = body.readUInt32LE(12);
      const options = optionsOf(body.subarray(20 + Math.ceil(captured / 4) * 4));
      const id = body.readUInt32LE(0);
      assert.ok(id < read.interfaces.length);
      assert.ok(captured <= (read.interfaces[id]?.snapLength ?? 0));
      read.packets.push({
        interface: id,
        time: body.readUInt32LE(4) * 2 ** 32 + body.readUInt32LE(8),
        data: body.subarray(20, 20 + captured),
        length: body.readUInt32LE(16),
        direction: (options.get(2)?.readUInt32LE(0) ?? 0) & 3,
        comment: options.get(1)?.toString() ?? null,
      });
      return;
    }
    case 5: {
      const options = optionsOf(body.subarray(12));
      const number = (code: number): number => Number(options.get(code)?.readBigUInt64LE(0) ?? -1n);
      const [received, dropped, delivered] = [number(4), number(5), number(8)];
      read.statistics.push({ interface: body.readUInt32LE(0), received, dropped, delivered });
      return;
    }
    default:
      assert.fail(`a block of type ${type}`);
  }
}

function optionsOf(bytes: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  let at = 0;
  while (at < bytes.length) {
    const code = bytes.readUInt16LE(at);
    const length = bytes.readUInt16LE(at + 2);
    if (code === 0) {
      assert.equal(at + 4, bytes.length, 'nothing follows the end of the options');
      return found;
    }
    found.set(code, bytes.subarray(at + 4, at + 4 + length));
    at += 4 + Math.ceil(length / 4) * 4;
  }
  assert.equal(bytes.length, 0, 'options have an end');
  return found;
}
