/** The cases of `nest-12.test.ts` on NestJS 11, which is CommonJS, with the package as a user installs it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { compiledForNest } from '../support/compiled-for-nest.js';
import { type PackageProject, PackedPackage } from '../support/package-project.js';
import { PROJECT } from '../support/program.js';

const packed = new PackedPackage();
const CASES = join(PROJECT, 'test/nestjs/cases');

const PACKAGES = [
  '@nestjs/common@11.2.10',
  '@nestjs/core@11.2.10',
  '@nestjs/platform-express@11.2.10',
  '@nestjs/platform-fastify@11.2.8',
  '@nestjs/platform-ws@11.2.6',
  '@nestjs/websockets@11.2.6',
  '@nestjs/microservices@11.2.6',
  '@nestjs/testing@11.2.6',
  '@nestjs/event-emitter@3.1.0',
  'reflect-metadata@0.2.2',
  'rxjs@7.8.2',
  'ws@8.23.0',
];

/** Runs each case, and tells of those that fail. */
const RUNNER = `
  import 'reflect-metadata';
  import { allCases } from './cases/all.js';
  let passed = 0;
  for (const [name, cases] of Object.entries(allCases))
    for (const [title, run] of Object.entries(cases))
      try {
        await Promise.race([run(), late()]);
        passed += 1;
      } catch (error) {
        console.log(name + ': ' + title + '\\n' + error.stack);
      }
  console.log(passed + ' passed');
  process.exit();

  function late() {
    return new Promise((_, reject) => {
      setTimeout(reject, 60_000, new Error('has not ended')).unref();
    });
  }
`;

let project: PackageProject;

beforeAll(async () => {
  project = await packed.install('with-nest-11', PACKAGES);
  const files: Record<string, string> = { 'main.js': RUNNER };
  for (const file of readdirSync(CASES))
    files[`cases/${file.replace(/\.ts$/, '.js')}`] = await compiledForNest(
      readFileSync(join(CASES, file), 'utf8'),
    );
  await project.write(files);
});

describe('NestJS 11', () => {
  it('passes every case', async () => {
    const { allCases } = await import('./cases/all.js');
    const count = Object.values(allCases).flatMap((cases) => Object.keys(cases)).length;

    const { text } = await project.run('node', 'main.js');

    expect(text).toBe(`${count} passed`);
  });
});
