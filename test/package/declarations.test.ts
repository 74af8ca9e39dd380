/** What is in the declarations of the package, once what is internal has been left out of them. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const DIST = join(process.cwd(), 'dist');
const run = promisify(execFile);

/** What the compiler says of a program that consists of all declarations, each of which it checks. */
async function check(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-declarations-'));
  const compilerOptions = {
    target: 'es2022',
    module: 'nodenext',
    strict: true,
    skipLibCheck: false,
    noEmit: true,
    types: [],
    rootDir: process.cwd(),
  };
  try {
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, include: [DIST] }),
    );
    const { stdout } = await run(process.execPath, [
      'node_modules/typescript/bin/tsc',
      '-p',
      folder,
    ]);
    return stdout;
  } catch (error) {
    return (error as { stdout: string }).stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function declarations(): readonly string[] {
  return readdirSync(DIST, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.d\.c?ts$/.test(name),
  );
}

describe('the declarations', () => {
  it('have no error, and need no library that they do not name', async () => {
    expect(await check()).toBe('');
  }, 60_000);

  it('hold nothing that is marked as internal', () => {
    const internal = declarations().filter((name) =>
      /^\s*\* @internal|\/\*\* @internal/m.test(readFileSync(join(DIST, name), 'utf8')),
    );

    expect(internal).toEqual([]);
  });

  it('of an ES module are those of the CommonJS one, so that a class is one class also to a program that imports and requires', () => {
    const lines = declarations()
      .filter((name) => name.endsWith('.d.ts') && name !== 'inversify.d.ts')
      .map((name) => [name, readFileSync(join(DIST, name), 'utf8')]);

    expect(lines).toEqual(
      lines.map(([name]) => [name, `export * from './${name?.replace('.d.ts', '.cjs')}';\n`]),
    );
  });
});
