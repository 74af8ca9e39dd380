/** Packs what is built, and has publint and attw judge the tarball as a registry would serve it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'carillon-pack-'));

function run(command, ...args) {
  console.log(`> ${command} ${args.join(' ')}`);
  if (spawnSync(command, args, { stdio: 'inherit' }).status !== 0) process.exitCode = 1;
}

try {
  run('npm', 'pack', '--ignore-scripts', '--silent', '--pack-destination', folder);
  const [tarball] = readdirSync(folder).map((name) => join(folder, name));
  run('publint', '--strict', tarball);
  // JSON that no program of an old resolution imports: it is read by its path there.
  run('attw', tarball, '--exclude-entrypoints', './topology.schema.json');
} finally {
  rmSync(folder, { recursive: true });
}
