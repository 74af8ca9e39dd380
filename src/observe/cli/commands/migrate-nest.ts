/** `carillon migrate-nest`: moves the sources of a NestJS project from `@nestjs/event-emitter` to Carillon. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineCommand } from 'citty';
import { wrongUsage } from '../command-error.js';
import { type Console, processConsole } from '../console.js';
import { FINDINGS } from '../exit-codes.js';
import { type Migration, migrateSources } from '../migrate-nest/migrate.js';
import type { Note } from '../migrate-nest/nest-file.js';
import { readSources } from '../migrate-nest/source-files.js';
import { loadTypeScript } from '../migrate-nest/typescript.js';

export const migrateNest = defineCommand({
  meta: {
    name: 'migrate-nest',
    description: 'Move sources from @nestjs/event-emitter and events of @nestjs/cqrs to Carillon',
  },
  args: {
    paths: {
      type: 'positional',
      description: 'Files and folders; by default src',
      required: false,
    },
    write: { type: 'boolean', description: 'Change the files', default: false },
    'dry-run': {
      type: 'boolean',
      description: 'Only tell what would be changed, as without --write',
      default: false,
    },
    json: { type: 'boolean', description: 'Print JSON, for programs', default: false },
  },
  run({ args }) {
    const { write } = args;
    if (write && args['dry-run']) throw wrongUsage('Give --write or --dry-run, and not both.');
    const folder = process.cwd();
    const typescript = loadTypeScript(folder);
    const paths = args._.length === 0 ? ['src'] : args._;
    const migration = migrateSources(typescript, readSources(folder, paths));
    if (write)
      for (const { path, text } of migration.files) writeFileSync(join(folder, path), text);
    const console = processConsole();
    if (args.json) console.json({ written: write, ...migration });
    else report(migration, write, console);
    if (migration.left.length > 0) process.exitCode = FINDINGS;
  },
});

function report({ files, changes, left }: Migration, isWritten: boolean, console: Console): void {
  const { colors } = console;
  for (const note of changes) console.text(lineOf(note, note.text));
  for (const note of left) console.text(lineOf(note, `${colors.yellow('left')} ${note.text}`));
  const count = `${files.length} file(s)${isWritten ? ' written' : ''}`;
  console.note(`${changes.length} change(s) in ${count}, ${left.length} left to you.`);
  if (!isWritten && files.length > 0) console.note('Nothing was written: say --write.');
}

function lineOf({ path, line }: Note, text: string): string {
  return `${path}:${line}  ${text}`;
}
