/**
 * Which room of the library may import which, as `npm run directions` checks it. What is not allowed here is an error.
 *
 * The rooms stand in a row and import only to the left, so no two rooms can import each other in a circle. Nor may files of one room, not even
 * for their types.
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

/** What stands on the core, each with the rooms to its left. */
const above = {
  application: [],
  http: ['application'],
  containers: ['application', 'http'],
  engines: [],
  integrations: ['application', 'http'],
  observe: ['application', 'http'],
  testing: ['application'],
  compliance: ['application', 'testing'],
  lint: [],
};

/** Their folders hold one adapter or engine each, and one does not know another. */
const apart = 'containers|engines|integrations';

/** No development dependencies: what is published is not installed with them. */
const runtimePackages = ['core', 'npm', 'npm-peer', 'npm-optional'];

const reflection = '(^|/)node_modules/reflect-metadata/';

const allowed = [
  { from: { path: '^decorators/' }, to: { path: ['^decorators/', reflection] } },

  ...Object.entries(core).map(([room, left]) => ({
    from: { path: `^src/${room}/` },
    to: { path: ['^decorators/', `^src/(${[room, ...left].join('|')})/`, reflection] },
  })),

  ...Object.entries(above).flatMap(([room, left]) => [
    {
      from: { path: `^src/${room}/` },
      to: { path: ['^decorators/', `^src/(${[anyCore, ...left].join('|')})/`] },
    },
    { from: { path: `^src/${room}/` }, to: { dependencyTypes: runtimePackages } },
  ]),
  // The command line is bundled with what it needs, and nobody installs that.
  {
    from: { path: '^src/observe/cli/' },
    to: {
      path: [
        '(^|/)node_modules/(citty|picocolors|@clack/prompts)/',
        // Types alone: the program is that of the project.
        '(^|/)node_modules/@typescript/typescript6/',
        '^src/engines/[^/]+/index\\.ts$',
      ],
    },
  },

  {
    from: { path: '^src/observe/graph/' },
    to: { path: '(^|/)node_modules/@dagrejs/dagre/' },
  },

  {
    from: { path: '^src/(application|http|observe|testing|compliance|lint)/' },
    to: { path: '^src/$1/' },
  },
  { from: { path: `^src/(${apart})/` }, to: { path: '^src/$1/[^/]+$' } },
  { from: { path: `^src/(${apart})/([^/]+)/` }, to: { path: '^src/$1/$2/' } },

  {
    from: { path: '^src/index\\.ts$' },
    to: { path: ['^decorators/', `^src/(${anyCore}|application)/`] },
  },
];

/** One recursive type in three files: a handler has a runtime, which observes and enters runs, each of a handler. */
const recursive = '^src/dispatch/(handler|run|runtime)\\.ts$';

/** A circle through any other file. */
const circles = {
  name: 'circle',
  severity: 'error',
  from: {},
  to: { circular: true, via: { pathNot: recursive } },
};

export default {
  forbidden: [circles],
  allowed,
  allowedSeverity: 'error',
  options: {
    // TypeScript 7 has no interface for programs; swc reads `import type` as well.
    parser: 'swc',
    doNotFollow: { path: '(^|/)node_modules/' },
    enhancedResolveOptions: {
      extensions: ['.ts'],
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'default'],
    },
  },
};
