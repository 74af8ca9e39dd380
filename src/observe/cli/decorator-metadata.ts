/** Compiles classes whose parameters' types are injected: `emitDecoratorMetadata`, which esbuild does not know. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasFlag } from './installation.js';

/** JavaScript with legacy decorators and the types of what they decorate. */
type Compile = (text: string, file: string) => string | Promise<string>;

/** A plugin of esbuild. */
export interface Plugin {
  readonly name: string;
  setup(build: {
    onLoad(
      filter: { readonly filter: RegExp },
      load: (module: { readonly path: string }) => Promise<object>,
    ): void;
  }): void;
}

/**
 * The plugin for a project that has asked for such metadata, by TypeScript before 7 or by swc, the first that it has; nothing for any other.
 *
 * @param load gives a package of the project
 */
export async function metadataPlugins(
  file: string,
  load: (name: string) => Promise<unknown>,
): Promise<readonly Plugin[]> {
  if (!asksForMetadata(dirname(file))) return [];
  const compile = byTypeScript(await load('typescript')) ?? bySwc(await load('@swc/core'));
  if (compile === undefined) return [];
  return [
    {
      name: 'decorator-metadata',
      setup: ({ onLoad }) =>
        onLoad({ filter: /\.[cm]?ts$/ }, async ({ path }) => ({
          contents: await compile(await readFile(path, 'utf8'), path),
          loader: 'js',
        })),
    },
  ];
}

/** Whether the nearest tsconfig.json has the option. */
function asksForMetadata(folder: string): boolean {
  for (let step = folder; ; step = dirname(step)) {
    const file = join(step, 'tsconfig.json');
    if (existsSync(file)) return hasFlag(file, 'emitDecoratorMetadata');
    if (dirname(step) === step) return false;
  }
}

function bySwc(swc: unknown): Compile | undefined {
  const { transform } = (swc ?? {}) as {
    transform?: (text: string, options: object) => Promise<{ readonly code: string }>;
  };
  if (transform === undefined) return undefined;
  return async (text, filename) => {
    const { code } = await transform(text, {
      filename,
      swcrc: false,
      configFile: false,
      sourceMaps: 'inline',
      jsc: {
        target: 'es2022',
        keepClassNames: true,
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true },
      },
    });
    return code;
  };
}

interface TypeScript {
  /** Missing from 7 on. */
  transpileModule?(
    text: string,
    options: { readonly fileName: string; readonly compilerOptions: object },
  ): { readonly outputText: string };
  readonly ModuleKind?: { readonly ESNext: number };
  readonly ScriptTarget?: { readonly ES2022: number };
}

function byTypeScript(typescript: unknown): Compile | undefined {
  const { transpileModule, ModuleKind, ScriptTarget } = (typescript ?? {}) as TypeScript;
  if (transpileModule === undefined) return undefined;
  const compilerOptions = {
    module: ModuleKind?.ESNext,
    target: ScriptTarget?.ES2022,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    verbatimModuleSyntax: false,
    inlineSourceMap: true,
    inlineSources: true,
  };
  return (text, fileName) => transpileModule(text, { fileName, compilerOptions }).outputText;
}
