/** The page of the dashboard: one script, one style sheet and one document, in `dist/dashboard`. */
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

/** @param {string} dist */
export async function buildDashboardPage(dist) {
  const folder = join(dist, 'dashboard');
  await mkdir(folder, { recursive: true });
  await build({
    entryPoints: ['dashboard/page.ts', 'dashboard/page.css'],
    outdir: folder,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    legalComments: 'inline',
    logLevel: 'warning',
  });
  await copyFile('dashboard/index.html', join(folder, 'index.html'));
}
