/**
 * The bill of materials in CycloneDX, as `npm sbom` writes it from the lock file, with what differs from run to run
 * taken out: the same commit gives the same bytes. It has every package that an installation by npm can bring, which
 * is what the package for Debian has in it and the native parts for other systems.
 */
import { createHash } from 'node:crypto';
import { output } from './command.mjs';
import { productionPackages } from './licences.mjs';

/**
 * @param {string} root the repository
 * @param {number} epoch seconds since 1970: when it was made
 * @returns {string} JSON
 */
export function sbom(root, epoch) {
  const args = [
    'sbom',
    '--sbom-format',
    'cyclonedx',
    '--sbom-type',
    'application',
    '--omit',
    'dev',
    '--package-lock-only',
  ];
  const bill = JSON.parse(output('npm', args, { cwd: root }));
  delete bill.serialNumber;
  bill.metadata.timestamp = new Date(1000 * epoch).toISOString();
  bill.serialNumber = `urn:uuid:${uuidOf(JSON.stringify(bill))}`;
  return `${JSON.stringify(bill, null, 2)}\n`;
}

/**
 * @param {string} text what `sbom` gave
 * @param {object} lock package-lock.json
 * @returns {string[]} what is missing in it; empty: nothing
 */
export function complaints(text, lock) {
  const { bomFormat, specVersion, metadata, components } = JSON.parse(text);
  const wrong = [];
  if (bomFormat !== 'CycloneDX' || !/^1\.[5-9]$/.test(specVersion)) wrong.push(`it is ${bomFormat} ${specVersion}`);
  if (metadata.component.version !== lock.version) wrong.push(`it is of version ${metadata.component.version}`);
  const described = new Map(components.map((each) => [each.purl, each]));
  for (const { name, version, license } of productionPackages(lock)) {
    const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
    const component = described.get(purl);
    const licence = component?.licenses?.map((each) => each.license?.id ?? each.expression).join();
    if (component === undefined) wrong.push(`${purl} is missing`);
    else if (licence !== license) wrong.push(`${purl}: licence ${licence} instead of ${license}`);
    else if (!component.hashes?.some(({ alg }) => alg === 'SHA-512')) wrong.push(`${purl} has no hash`);
  }
  if (described.size !== productionPackages(lock).length) wrong.push(`it has ${described.size} components`);
  return wrong;
}

/** A UUID of version 8 (RFC 9562: of one's own making) out of what is named by it. */
function uuidOf(text) {
  const hash = createHash('sha256').update(text).digest();
  hash[6] = (hash[6] & 0x0f) | 0x80;
  hash[8] = (hash[8] & 0x3f) | 0x80;
  const hex = hash.toString('hex', 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
