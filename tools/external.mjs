/** What the package imports and does not carry: the platform's modules, and the peers with their sub-paths. */
import { readFileSync } from 'node:fs';

const { peerDependencies } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
);

export const EXTERNAL = new RegExp(
  `^(node:.*|(${Object.keys(peerDependencies).join('|')})(/.*)?)$`,
);
