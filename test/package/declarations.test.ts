/** What is in the declarations of the package, once what is internal has been left out of them. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import ts from '@typescript/typescript6';

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

/** Whose types the types of an entry need. All others need none. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  inversify: ['inversify'],
  tsyringe: ['tsyringe'],
  awilix: ['awilix'],
  nestjs: ['@nestjs/common'],
  nats: ['@nats-io/transport-node'],
  postgres: ['pg'],
  rabbitmq: ['amqplib'],
  redis: ['ioredis'],
  opentelemetry: ['@opentelemetry/api'],
};

/** The packages that a declaration refers to, or what that refers to. */
function packagesOf(entry: string): readonly string[] {
  const reached = new Set([join(DIST, `${entry}.d.cts`)]);
  const packages = new Set<string>();
  for (const file of reached) {
    const text = readFileSync(file, 'utf8');
    for (const [, path = ''] of text.matchAll(/^(?:import|export) .*?'([^']+)';$/gm)) {
      if (path.startsWith('.')) reached.add(join(dirname(file), path.replace('.cjs', '.d.cts')));
      else packages.add(path);
    }
  }
  return [...packages];
}

/** What the entries export of the package's own, and have no docstring for. */
function undescribed(): readonly string[] {
  const files = declarations()
    .filter((name) => /^[\w-]+\.d\.cts$/.test(name))
    .map((name) => join(DIST, name));
  const program = ts.createProgram(files, {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    skipLibCheck: true,
    types: [],
  });
  const checker = program.getTypeChecker();
  const exported = files.flatMap((file) => {
    const entry = program.getSourceFile(file);
    const module = entry && checker.getSymbolAtLocation(entry);
    return module === undefined ? [] : checker.getExportsOfModule(module);
  });
  const isAlias = ({ flags }: ts.Symbol) => (flags & ts.SymbolFlags.Alias) !== 0;
  return exported
    .map((symbol) => (isAlias(symbol) ? checker.getAliasedSymbol(symbol) : symbol))
    .filter(({ declarations: [place] = [] }) => place?.getSourceFile().fileName.startsWith(DIST))
    .filter((symbol) => symbol.getDocumentationComment(checker).length === 0)
    .map(({ name }) => name);
}

describe('the declarations', () => {
  it('say of everything that is exported what it is, so that an editor shows it', () => {
    expect([...new Set(undescribed())]).toEqual([]);
  }, 180_000);

  it.each(declarations().filter((name) => /^[\w-]+\.d\.cts$/.test(name)))(
    '%s need the types of no package but those of their own',
    (name) => {
      const entry = name.replace('.d.cts', '');

      expect(packagesOf(entry)).toEqual(PACKAGES[entry] ?? []);
    },
  );

  it('have no error, and need no library that they do not name', async () => {
    expect(await check()).toBe('');
  }, 600_000);

  it('hold nothing that is marked as internal', () => {
    const internal = declarations().filter((name) =>
      /^\s*\* @internal|\/\*\* @internal/m.test(readFileSync(join(DIST, name), 'utf8')),
    );

    expect(internal).toEqual([]);
  });

  it('of an ES module are those of the CommonJS one, so that a class is one class also to a program that imports and requires', () => {
    const lines = declarations()
      .filter((name) => name.endsWith('.d.ts') && !/^(inversify|nestjs)\.d\.ts$/.test(name))
      .map((name) => [name, readFileSync(join(DIST, name), 'utf8')]);

    expect(lines).toEqual(
      lines.map(([name]) => [name, `export * from './${name?.replace('.d.ts', '.cjs')}';\n`]),
    );
  });
});
