/** The package in the test runners of its users, whether a test requires or imports it. */
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type PackageProject, PackedPackage, type Said } from '../support/package-project.js';

jest.setTimeout(600_000);

/** Without a container. */
const CORE_TEST = `
  test('hears in a scope', () => {
    const scope = createScope({ name: 'request' });
    const heard = [];
    scope.emitter.on('rang', (note) => heard.push(note));
    scope.emitter.emit('rang', 1);
    scope[Symbol.dispose ?? Symbol.for('Symbol.dispose')]();
    expect([heard, scope.state]).toEqual([[1], 'ended']);
  });
`;

const CONTAINER_TEST = `
  test('hears what a container has wired', async () => {
    class Rang {}
    class Ringer {
      heard = 0;
      hear() {
        this.heard += 1;
      }
    }
    On(Rang)(Ringer.prototype, 'hear', Object.getOwnPropertyDescriptor(Ringer.prototype, 'hear'));
    const container = new Container();
    container.register(events());
    container.bind(Ringer).toSelf().inSingletonScope();
    const record = recordEvents(container);
    const request = openScope(container, { name: 'request' });
    const ringer = container.get(Ringer);
    container.get(ScopedEmitter).emit(new Rang());
    await request[Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]();
    await container[Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]();
    expect([ringer.heard, record.all.length, 'undefined' in container]).toEqual([1, 1, false]);
  });
`;

/** Types, decorators and their metadata. */
const TYPED_TEST = `
  class Rang {
    constructor(readonly note: number) {}
  }

  class Ringer {
    readonly heard: number[] = [];

    @On(Rang)
    hear(rang: Rang): void {
      this.heard.push(rang.note);
    }
  }

  test('compiles what a service says', () => {
    const scope: Scope = createScope({ name: 'request' });
    const ringer = new Ringer();
    scope.emitter.on(Rang, (rang) => ringer.hear(rang));
    scope.emitter.emit(new Rang(1));
    scope.dispose();
    expect(ringer.heard).toEqual([1]);
  });
`;

const CORE = 'createScope, On, Scope, ScopedEmitter';

const REQUIRED_CORE = `const { ${CORE} } = require('carillon');`;
const REQUIRED = `
  require('reflect-metadata');
  ${REQUIRED_CORE}
  const { events, openScope } = require('carillon/inversify');
  const { recordEvents } = require('carillon/testing');
  const { Container } = require('inversify');
`;
const IMPORTED_CORE = `import { ${CORE} } from 'carillon';`;
const IMPORTED = `
  import 'reflect-metadata';
  ${IMPORTED_CORE}
  import { events, openScope } from 'carillon/inversify';
  import { recordEvents } from 'carillon/testing';
  import { Container } from 'inversify';
`;
const JEST = `import { expect, test } from '@jest/globals';\n`;
const VITEST = `import { expect, test } from 'vitest';\n`;

const SWC = {
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
  },
  module: { type: 'commonjs' },
};

const TSCONFIG = {
  compilerOptions: {
    target: 'es2022',
    module: 'commonjs',
    moduleResolution: 'node10',
    strict: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
  },
};

/** One project of Jest for each way; what is not said is as Jest has it. */
const JEST_CONFIG = {
  projects: [
    { displayName: 'plain', testMatch: ['<rootDir>/plain/*.test.cjs'] },
    { displayName: 'modules', testMatch: ['<rootDir>/modules/*.test.mjs'] },
    {
      displayName: 'ts-jest',
      testMatch: ['<rootDir>/ts-jest/*.test.ts'],
      transform: { '\\.ts$': 'ts-jest' },
    },
    {
      displayName: 'swc',
      testMatch: ['<rootDir>/swc/*.test.ts'],
      transform: { '\\.ts$': ['@swc/jest', SWC] },
    },
    {
      displayName: 'swc, with InversifyJS 8',
      testMatch: ['<rootDir>/swc-inversify/*.test.ts'],
      transform: { '\\.[jt]s$': ['@swc/jest', SWC] },
      transformIgnorePatterns: ['/node_modules/(?!(inversify|@inversifyjs)/)'],
    },
  ],
};

const TOOLS = [
  'reflect-metadata@0.2.2',
  'ts-jest@29.4.15',
  '@swc/jest@0.2.39',
  '@swc/core@1.16.22',
  'typescript@5.9.3',
];

const packed = new PackedPackage();

/** An empty project with these packages, and with tests in each way. */
async function install(name: string, packages: readonly string[]): Promise<PackageProject> {
  const project = await packed.install(name, [...TOOLS, ...packages], {});
  const required = { core: REQUIRED_CORE + CORE_TEST, container: REQUIRED + CONTAINER_TEST };
  const imported = { core: IMPORTED_CORE + CORE_TEST, container: IMPORTED + CONTAINER_TEST };
  await project.write({
    'jest.config.json': JSON.stringify(JEST_CONFIG),
    'tsconfig.json': JSON.stringify(TSCONFIG),
    'plain/core.test.cjs': required.core,
    'plain/container.test.cjs': required.container,
    'modules/core.test.mjs': JEST + imported.core,
    'modules/container.test.mjs': JEST + imported.container,
    'ts-jest/typed.test.ts': JEST + IMPORTED_CORE + TYPED_TEST,
    'ts-jest/container.test.ts': `// @ts-nocheck\n${JEST}${imported.container}`,
    'swc/typed.test.ts': JEST + IMPORTED_CORE + TYPED_TEST,
    'swc/container.test.ts': JEST + imported.container,
    'swc-inversify/container.test.ts': JEST + imported.container,
    'vitest/typed.spec.ts': VITEST + IMPORTED_CORE + TYPED_TEST,
    'vitest/container.spec.ts': VITEST + imported.container,
  });
  return project;
}

/** How many tests have passed, or all that was said. */
function verdict({ code, text }: Said): string {
  const [summary] = /^ *Tests:? .*$/m.exec(text) ?? [];
  return code === 0 && summary !== undefined ? summary.replace(/\s+/g, ' ').trim() : text;
}

describe('Jest 29, beside InversifyJS 7', () => {
  let project: PackageProject;

  beforeAll(async () => {
    project = await install('jest-29', ['jest@29.7.0', 'inversify@7.11.0']);
  });

  it.each(['plain', 'ts-jest', 'swc'])('runs tests that require it: %s', async (way) => {
    const said = await project.run('jest', '--runInBand', '--selectProjects', way);

    expect(verdict(said)).toBe('Tests: 2 passed, 2 total');
  });

  it('runs tests that import it', async () => {
    const jest = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--runInBand'];

    const said = await project.run('node', ...jest, '--selectProjects', 'modules');

    expect(verdict(said)).toBe('Tests: 2 passed, 2 total');
  });
});

describe('Jest 30, beside InversifyJS 8', () => {
  let project: PackageProject;

  beforeAll(async () => {
    project = await install('jest-30', ['jest@30.5.2', 'inversify@8.2.3', 'vitest@3.2.7']);
  });

  it('runs tests that require what needs no container', async () => {
    const chosen = [
      '--testPathPatterns',
      'core|typed',
      '--selectProjects',
      'plain',
      'ts-jest',
      'swc',
    ];

    const said = await project.run('jest', '--runInBand', ...chosen);

    expect(verdict(said)).toBe('Tests: 3 passed, 3 total');
  });

  it('runs tests that require a container once InversifyJS is transformed', async () => {
    const project8 = ['--selectProjects', 'swc, with InversifyJS 8'];

    const said = await project.run('jest', '--runInBand', ...project8);

    expect(verdict(said)).toBe('Tests: 1 passed, 1 total');
  });

  it('runs tests that import it', async () => {
    const jest = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--runInBand'];

    const said = await project.run('node', ...jest, '--selectProjects', 'modules');

    expect(verdict(said)).toBe('Tests: 2 passed, 2 total');
  });

  it('has Vitest 3 beside it, which runs tests that import it', async () => {
    const said = await project.run('vitest', 'run', 'vitest/');

    expect(verdict(said)).toBe('Tests 2 passed (2)');
  });
});
