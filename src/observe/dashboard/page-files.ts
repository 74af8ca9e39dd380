/** The page of the dashboard: built with the package, and read from it. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** What a browser asks for, and what it is. */
const TYPES = {
  'index.html': 'text/html; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
} as const;

/** A file of the page. */
export type PageFile = keyof typeof TYPES;

/** @returns `undefined` for what is not a file of the page */
export function pageFile(name: string): { file: PageFile; type: string } | undefined {
  return Object.hasOwn(TYPES, name)
    ? { file: name as PageFile, type: TYPES[name as PageFile] }
    : undefined;
}

export function readPageFile(file: PageFile): Promise<string> {
  const root = dirname(createRequire(import.meta.url).resolve('carillon/package.json'));
  return readFile(join(root, 'dist/dashboard', file), 'utf8');
}
