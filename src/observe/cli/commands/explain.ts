/** `carillon explain CAR2004`: the page of an error, without a network. */
import { readdirSync, readFileSync } from 'node:fs';
import { defineCommand } from 'citty';
import { wrongUsage } from '../command-error.js';
import { processConsole } from '../console.js';

/** The pages, which are in the package. */
const PAGES = new URL('../docs/errors/', import.meta.url);

export const explain = defineCommand({
  meta: { name: 'explain', description: 'Show what an error means, and what to do' },
  args: {
    code: { type: 'positional', description: 'The code of the error: CAR2004', required: true },
    json: { type: 'boolean', description: 'Print JSON, for programs', default: false },
  },
  run({ args }) {
    const code = args.code.toUpperCase().replace(/^(?=\d)/, 'CAR');
    const codes = readdirSync(PAGES).filter((file) => file.startsWith('CAR'));
    if (!codes.includes(`${code}.md`))
      throw wrongUsage(`There is no error ${args.code}. Give a code such as CAR2004.`);
    const page = readFileSync(new URL(`${code}.md`, PAGES), 'utf8');
    const console = processConsole();
    if (args.json) console.json({ code, page });
    else console.text(forTerminal(page, console.colors.bold));
  },
});

/** Links without their targets, and what is bold in the page bold. */
function forTerminal(page: string, bold: (text: string) => string): string {
  return page
    .trim()
    .replace(/^# (.*)$/m, (_, title: string) => bold(title))
    .replace(/\[([^\]]+)\]\([^)]*\)/g, '$1')
    .replace(/\*\*([^*]+)\*\*/g, (_, text: string) => bold(text));
}
