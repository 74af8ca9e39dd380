/** Resolvers of GraphQL, with Apollo on Express and with Mercurius on Fastify, in a project of their own: they want an older TypeScript. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { compiledForNest } from '../support/compiled-for-nest.js';
import { type PackageProject, PackedPackage } from '../support/package-project.js';
import { PROJECT } from '../support/program.js';

const packed = new PackedPackage();
const FOLDER = join(PROJECT, 'test/nestjs');

const PACKAGES = [
  '@nestjs/common@12.5.1',
  '@nestjs/core@12.5.1',
  '@nestjs/platform-express@12.5.1',
  '@nestjs/platform-fastify@12.5.0',
  '@nestjs/graphql@14.0.3',
  '@nestjs/apollo@14.0.3',
  '@nestjs/mercurius@14.0.0',
  '@apollo/server@5.5.1',
  '@as-integrations/express5@1.1.2',
  'mercurius@16.10.1',
  'graphql@16.15.0',
  'reflect-metadata@0.2.2',
  'rxjs@7.8.2',
];

const SERVERS = {
  'Apollo on Express': `
    import { ApolloDriver } from '@nestjs/apollo';
    import { ExpressAdapter } from '@nestjs/platform-express';
    export const server = {
      module: () => ({ driver: ApolloDriver, autoSchemaFile: true, includeStacktraceInErrorResponses: false }),
      adapter: async () => new ExpressAdapter(),
    };
  `,
  'Mercurius on Fastify': `
    import { MercuriusDriver } from '@nestjs/mercurius';
    import { FastifyAdapter } from '@nestjs/platform-fastify';
    export const server = {
      module: () => ({ driver: MercuriusDriver, autoSchemaFile: true }),
      adapter: async () => new FastifyAdapter(),
    };
  `,
};

const RUNNER = `
  import 'reflect-metadata';
  import { graphCases } from './graphql/cases.js';
  import { server } from './server.js';
  for (const [title, run] of Object.entries(graphCases(server)))
    try {
      await run();
      console.log('passed: ' + title);
    } catch (error) {
      console.log(title + ': ' + error.stack);
    }
  process.exit();
`;

const TITLES = [
  'L1 all resolvers of one operation share its scope, and no other operation does',
  'L11 the scope of an operation ends with its answer, also where a resolver failed',
];

let project: PackageProject;

beforeAll(async () => {
  project = await packed.install('with-graphql', PACKAGES);
  const files: Record<string, string> = { 'main.js': RUNNER };
  for (const file of ['cases/support.ts', 'graphql/cases.ts'])
    files[file.replace('.ts', '.js')] = await compiledForNest(
      readFileSync(join(FOLDER, file), 'utf8'),
    );
  await project.write(files);
});

describe.each(Object.entries(SERVERS))('GraphQL by %s', (_name, source) => {
  it.each(TITLES)('%s', async (title) => {
    await project.write({ 'server.js': source });

    const { text } = await project.run('node', 'main.js');

    expect(text.split('\n')).toContain(`passed: ${title}`);
  });
});
