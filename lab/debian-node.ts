/**
 * Node.js for a Debian tree: the one that runs this, in a package `nodejs` as NodeSource makes it, one program with
 * all within. Debian 12 itself has Node.js 18.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Makes the package in `folder`; returns its path. @throws Error if this Node.js is not one program with all within */
export function packNode(folder: string): string {
  const libraries = execFileSync('ldd', [process.execPath], { encoding: 'utf8' });
  if (/\blibnode\b/.test(libraries))
    throw new Error(`${process.execPath} needs libnode: run this with a Node.js of nodejs.org or NodeSource`);
  const tree = join(folder, 'nodejs');
  mkdirSync(join(tree, 'DEBIAN'), { recursive: true });
  mkdirSync(join(tree, 'usr/bin'), { recursive: true });
  copyFileSync(process.execPath, join(tree, 'usr/bin/node'));
  chmodSync(join(tree, 'usr/bin/node'), 0o755);
  const control = [
    'Package: nodejs',
    `Version: ${process.versions.node}-1lab1`,
    'Architecture: amd64',
    'Maintainer: Sennit maintainers <maintainers@sennit.invalid>',
    'Depends: libc6 (>= 2.28), libgcc-s1, libstdc++6',
    'Description: Node.js of the host that tests',
  ];
  writeFileSync(join(tree, 'DEBIAN/control'), `${control.join('\n')}\n`);
  const deb = join(folder, 'nodejs.deb');
  execFileSync('dpkg-deb', ['--root-owner-group', '-Znone', '--build', tree, deb], { stdio: 'pipe' });
  return deb;
}
