/** What the package can be imported by, and what follows from it for package.json and tsconfig.json. */

/** The name behind `carillon/`, and the source file. `index` is `carillon` itself. */
export const ENTRIES = {
  index: 'src/index.ts',
  decorators: 'decorators/index.ts',
  inversify: 'src/containers/inversify/index.ts',
  tsyringe: 'src/containers/tsyringe/index.ts',
  awilix: 'src/containers/awilix/index.ts',
  nestjs: 'src/containers/nestjs/index.ts',
  adapter: 'src/application/adapter.ts',
  engine: 'src/engines/index.ts',
  http: 'src/http/index.ts',
  'class-validator': 'src/integrations/class-validator/index.ts',
  nats: 'src/engines/nats/index.ts',
  postgres: 'src/engines/postgres/index.ts',
  rabbitmq: 'src/engines/rabbitmq/index.ts',
  redis: 'src/engines/redis/index.ts',
  sqlite: 'src/engines/sqlite/index.ts',
  observe: 'src/observe/index.ts',
  testing: 'src/testing/index.ts',
  compliance: 'src/compliance/index.ts',
  node: 'src/integrations/node/index.ts',
  dashboard: 'src/observe/dashboard/index.ts',
  cron: 'src/integrations/cron/index.ts',
  shutdown: 'src/integrations/shutdown/index.ts',
  asyncapi: 'src/observe/asyncapi/index.ts',
  opentelemetry: 'src/integrations/opentelemetry/index.ts',
  eslint: 'src/lint/index.ts',
};

const NAMES = Object.keys(ENTRIES);

/**
 * Whoever understands one of these gets the ES module, also where a program both imports and requires: with two copies, a class
 * would be two classes. `module-sync` is for Node.js and webpack, `module` for the other bundlers, `bun` for Bun.
 */
const ONE_COPY = ['bun', 'module-sync', 'module', 'import'];

/** The fields of package.json that say where an entry is. */
export function entryFields() {
  const [index, ...others] = NAMES;
  return {
    main: `./dist/${index}.cjs`,
    types: `./dist/${index}.d.cts`,
    typesVersions: {
      '*': Object.fromEntries(others.map((name) => [name, [`./dist/${name}.d.cts`]])),
    },
    exports: {
      ...Object.fromEntries(
        NAMES.map((name) => [name === 'index' ? '.' : `./${name}`, conditionsOf(name)]),
      ),
      './topology.schema.json': './dist/topology.schema.json',
      './package.json': './package.json',
    },
  };
}

/** @param {string} name of an entry */
function conditionsOf(name) {
  const module = { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` };
  const required = { types: `./dist/${name}.d.cts`, default: `./dist/${name}.cjs` };
  return {
    ...Object.fromEntries(ONE_COPY.map((condition) => [condition, module])),
    require: required,
  };
}

/** Where the sources are that a program of this project imports by the package's name: `paths` of tsconfig.json. */
export function sourcePaths() {
  return Object.fromEntries(
    Object.entries(ENTRIES).map(([name, file]) => [specifierOf(name), [`./${file}`]]),
  );
}

/** @param {string} name of an entry */
export function specifierOf(name) {
  return name === 'index' ? 'carillon' : `carillon/${name}`;
}
