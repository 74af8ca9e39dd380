/** `carillon asyncapi`: what the project sends and hears, as a document of AsyncAPI. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { defineCommand } from 'citty';
import { asyncApi } from '../../asyncapi/index.js';
import { describe } from '../../index.js';
import { wrongUsage } from '../command-error.js';
import { processConsole } from '../console.js';
import { readJson, writeText } from '../files.js';
import { PROJECT_ARGS, projectContainer } from '../project.js';

export const asyncapi = defineCommand({
  meta: {
    name: 'asyncapi',
    description: 'Print an AsyncAPI document of what the project sends and hears, or write it',
  },
  args: {
    title: {
      type: 'string',
      description: 'Its title; by default the name of the application',
      valueHint: 'text',
    },
    release: {
      type: 'string',
      description: 'Its version; by default that of the package.json here or above',
      valueHint: 'version',
    },
    write: { type: 'string', description: 'Write it to this file', valueHint: 'path' },
    ...PROJECT_ARGS,
  },
  async run({ args: { title, release, write, ...flags } }) {
    const version = release ?? packageVersion(process.cwd());
    if (version === undefined || version === '')
      throw wrongUsage(
        'No version was given, and no package.json here or above has one. Give --release 1.0.0.',
      );
    const container = await projectContainer(flags);
    const document = asyncApi(container, {
      info: { title: title ?? describe(container).application, version },
    });
    const console = processConsole();
    if (write === undefined) console.json(document);
    else {
      writeText(write, `${JSON.stringify(document, null, 2)}\n`);
      console.note(`Written: ${write}`);
    }
  },
});

/** The version of the nearest package.json that has one. */
function packageVersion(folder: string): string | undefined {
  for (let step = resolve(folder); ; step = dirname(step)) {
    const file = join(step, 'package.json');
    const { version } = (existsSync(file) ? readJson(file) : {}) as { readonly version?: string };
    if (version !== undefined || dirname(step) === step) return version;
  }
}
