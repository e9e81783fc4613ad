/**
 * Writes a configuration file again and again until it is killed: `node store-writer.js FILE BYTES`. Each text is one
 * number over and over, so whoever reads it sees whether it is whole. Says `ready` when the first is there.
 */
import { writeConfigFile } from '../../src/config/store.js';

const [path = '', bytes = '0'] = process.argv.slice(2);
for (let number = process.pid; ; number++) {
  const line = `${number}\n`;
  await writeConfigFile(path, line.repeat(Math.ceil(Number(bytes) / line.length)));
  if (number === process.pid) process.stdout.write('ready\n');
}
