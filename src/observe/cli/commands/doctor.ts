/** `carillon doctor`: what is wrong in a project. */
import { defineCommand } from 'citty';
import { diagnose, type Finding } from '../../index.js';
import { placeText } from '../../ways.js';
import type { Colors } from '../console.js';
import { FINDINGS } from '../exit-codes.js';
import { installation } from '../installation.js';
import { PROJECT_ARGS, readProject } from '../project.js';

export const doctor = defineCommand({
  meta: { name: 'doctor', description: 'Look for what is wrong' },
  args: {
    strict: { type: 'boolean', description: 'End with 1 for warnings too', default: false },
    ...PROJECT_ARGS,
  },
  async run({ args }) {
    const { topology, console } = await readProject(args);
    const findings = diagnose(topology, { project: await installation(process.cwd()) });
    if (args.json) console.json(findings);
    else for (const finding of findings) console.text(findingText(finding, console.colors));
    const errors = findings.filter(({ level }) => level === 'error').length;
    console.note(
      findings.length === 0
        ? 'Nothing found.'
        : `${errors} error(s), ${findings.length - errors} warning(s).`,
    );
    if (errors > 0 || (args.strict && findings.length > 0)) process.exitCode = FINDINGS;
  },
});

function findingText({ level, rule, text, ...place }: Finding, colors: Colors): string {
  const mark = level === 'error' ? colors.red('error') : colors.yellow('warning');
  const where = placeText(place);
  return `${mark} ${colors.bold(rule)}${where === '' ? '' : `  ${where}`}\n  ${text}`;
}
