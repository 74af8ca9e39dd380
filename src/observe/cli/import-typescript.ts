/** Loads a module of TypeScript with what the project has for that: Node.js removes types, but knows no decorators. */
import { rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cannotLoad } from './command-error.js';
import { metadataPlugins } from './decorator-metadata.js';

type Module = Record<string, unknown>;

/** One way to load TypeScript: by a package of the project. */
interface Loader {
  /** Where it is imported from. */
  readonly specifier: string;
  load(loader: never, file: string, packages: Packages): Promise<Module>;
}

/** Gives a package of the project; `undefined` for one that it does not have. */
type Packages = (specifier: string) => Promise<unknown>;

/** The first that the project has is taken; tsx is the last, since it knows no `emitDecoratorMetadata`. */
const LOADERS: readonly Loader[] = [
  { specifier: 'jiti', load: loadByJiti },
  { specifier: 'esbuild', load: loadByEsbuild },
  { specifier: 'tsx/esm/api', load: loadByTsx },
];

/**
 * Imports the module. A program that already runs in a process with a loader, as by `node --import tsx`, keeps it.
 *
 * @throws CommandError `CAR7060` where nothing can load it
 */
export async function importTypeScript(file: string): Promise<Module> {
  if (process.execArgv.some((flag) => /tsx|ts-node|swc-node|jiti/.test(flag)))
    return import(pathToFileURL(file).href);
  const packages: Packages = (name) => importOf(createRequire(file), name);
  for (const { specifier, load } of LOADERS) {
    const loader = await packages(specifier);
    if (loader !== undefined) return load(loader as never, file, packages);
  }
  return loadByNode(file);
}

async function importOf(project: NodeJS.Require, specifier: string): Promise<unknown> {
  let path: string;
  try {
    path = project.resolve(specifier);
  } catch {
    return undefined;
  }
  const loaded = (await import(pathToFileURL(path).href)) as { default?: unknown };
  // What is CommonJS shows its names beside its default.
  return { ...(loaded.default as object), ...loaded };
}

interface Tsx {
  tsImport(file: string, parent: string): Promise<Module>;
}

function loadByTsx({ tsImport }: Tsx, file: string): Promise<Module> {
  const url = pathToFileURL(file).href;
  return tsImport(url, url);
}

interface Jiti {
  createJiti(parent: string, options: object): { import(file: string): Promise<Module> };
}

function loadByJiti({ createJiti }: Jiti, file: string): Promise<Module> {
  // What is installed stays as it is: a second copy of the package would not know the container.
  return createJiti(file, { tryNative: false, nativeModules: ['carillon'] }).import(file);
}

interface Esbuild {
  build(options: object): Promise<{ outputFiles: readonly { readonly text: string }[] }>;
}

/** The modules of the project in one file, beside the config so that packages are found; it is removed at once. */
async function loadByEsbuild(
  { build }: Esbuild,
  file: string,
  packages: Packages,
): Promise<Module> {
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    packages: 'external',
    // Also where the project has an alias for it: its container is of the copy that is installed.
    external: ['carillon', 'carillon/*'],
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'inline',
    write: false,
    keepNames: true,
    logLevel: 'silent',
    plugins: await metadataPlugins(file, packages),
  });
  const bundle = join(dirname(file), `.carillon-config-${process.pid}-${Date.now()}.mjs`);
  writeFileSync(bundle, outputFiles[0]?.text ?? '');
  try {
    return await import(pathToFileURL(bundle).href);
  } finally {
    rmSync(bundle, { force: true });
  }
}

async function loadByNode(file: string): Promise<Module> {
  const { typescript } = process.features as { readonly typescript?: unknown };
  const advice =
    'Install jiti (or esbuild or tsx) in the project, or name a compiled config: --config path.js.';
  if (typescript === undefined || typescript === false)
    throw cannotLoad(
      `${file} is TypeScript, which Node.js ${process.versions.node} does not load. ${advice}`,
    );
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    if (!(error instanceof SyntaxError) && !isUnsupported(error)) throw error;
    throw cannotLoad(
      `${file}, or a module that it imports, has TypeScript that Node.js ${process.versions.node} cannot load, such as decorators. ${advice}`,
      error,
    );
  }
}

function isUnsupported(error: unknown): boolean {
  const { code = '' } = error as { code?: string };
  return code.includes('TYPESCRIPT') || code === 'ERR_UNKNOWN_FILE_EXTENSION';
}
