/**
 * Which room of the library may import which, as `npm run directions` checks it. What is not allowed here is an error.
 *
 * The rooms stand in a row and import only to the left, so no two rooms can import each other in a circle.
 */

/** The rooms that run anywhere, each with those to its left. */
const core = {
  events: [],
  dispatch: ['events'],
  scope: ['events', 'dispatch'],
  bus: ['events', 'dispatch', 'scope'],
  queue: ['events', 'dispatch', 'scope'],
  scheduler: ['events', 'dispatch', 'scope'],
};

const anyCore = Object.keys(core).join('|');

/** No development dependencies: what is published is not installed with them. */
const runtimePackages = ['core', 'npm', 'npm-peer', 'npm-optional'];

const reflection = '(^|/)node_modules/reflect-metadata/';

const allowed = [
  { from: { path: '^decorators/' }, to: { path: ['^decorators/', reflection] } },

  ...Object.entries(core).map(([room, left]) => ({
    from: { path: `^src/${room}/` },
    to: { path: ['^decorators/', `^src/(${[room, ...left].join('|')})/`, reflection] },
  })),

  { from: { path: '^src/(containers|providers|observe|testing)/' }, to: { path: ['^decorators/', `^src/(${anyCore})/`] } },
  { from: { path: '^src/(containers|providers|observe|testing)/' }, to: { dependencyTypes: runtimePackages } },
  { from: { path: '^src/(observe|testing)/' }, to: { path: '^src/$1/' } },
  { from: { path: '^src/(containers|providers)/' }, to: { path: '^src/$1/[^/]+$' } },
  // One adapter or engine does not know another.
  { from: { path: '^src/(containers|providers)/([^/]+)/' }, to: { path: '^src/$1/$2/' } },

  {
    from: { path: '^src/index\\.ts$' },
    to: { path: ['^decorators/', `^src/(${anyCore}|observe|testing)/`, '^src/(containers|providers)/[^/]+$'] },
  },
];

export default {
  allowed,
  allowedSeverity: 'error',
  options: {
    // TypeScript 7 has no interface for programs; swc reads `import type` as well.
    parser: 'swc',
    doNotFollow: { path: '(^|/)node_modules/' },
    enhancedResolveOptions: { extensions: ['.ts'], exportsFields: ['exports'], conditionNames: ['types', 'import', 'default'] },
  },
};
