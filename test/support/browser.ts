/** Chromium for tests: a page without a window, left out where there is none, unless the machine is said to have everything. */
import { existsSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { build, type Plugin } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { PROJECT } from './program.js';

const EXECUTABLE = '/usr/bin/chromium';

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Declares the tests if there is a Chromium. */
export function withBrowser(declare: () => void): void {
  if (existsSync(EXECUTABLE)) {
    declare();
    return;
  }
  const declareNeed = process.env['CARILLON_REQUIRE_SERVICES'] === '1' ? it : it.skip;
  declareNeed(`needs Chromium at ${EXECUTABLE}`, () => expect(existsSync(EXECUTABLE)).toBe(true));
}

/** More than anything in a page takes, on any machine, and less than the runner's own limit. */
const PATIENCE = 120_000;

/** Starts one with a profile of its own, which its end removes. */
export function launchBrowser(): Promise<Browser> {
  const executablePath = EXECUTABLE;
  return chromium.launch({ executablePath, headless: true, args: ARGUMENTS, timeout: PATIENCE });
}

/** Opens a page that waits for whatever it is asked for. */
export async function openPage(browser: Browser): Promise<Page> {
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE);
  return page;
}

/** The program as one script for a page; what the sources import by the package's name comes from the sources. */
export async function bundleForBrowser(
  program: string,
  aliases: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: PROJECT, loader: 'ts' },
    bundle: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    write: false,
    // Errors and reports show the names of classes.
    keepNames: true,
    // The package says that importing it does nothing; importing its tests does.
    ignoreAnnotations: true,
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true } },
    plugins: [
      sources({
        carillon: 'src/index.ts',
        'carillon/inversify': 'src/containers/inversify/index.ts',
        ...aliases,
      }),
    ],
  });
  return outputFiles[0]?.text ?? '';
}

function sources(aliases: Readonly<Record<string, string>>): Plugin {
  return {
    name: 'sources',
    setup: ({ onResolve }) => {
      onResolve({ filter: /^(carillon|@jest)/ }, ({ path }) => {
        const file = aliases[path];
        return file === undefined ? undefined : { path: `${PROJECT}${file}` };
      });
    },
  };
}
