/** `carillon snapshot`: the topology as a file, to be compared in CI. */
import { existsSync } from 'node:fs';
import { defineCommand } from 'citty';
import type { Topology } from '../../index.js';
import { wrongUsage } from '../command-error.js';
import { FINDINGS } from '../exit-codes.js';
import { readJson, writeText } from '../files.js';
import { PROJECT_ARGS, readProject } from '../project.js';

export const snapshot = defineCommand({
  meta: {
    name: 'snapshot',
    description: 'Print the topology as JSON, write it, or compare it with a file',
  },
  args: {
    check: {
      type: 'string',
      description: 'End with 1 where it differs from this file',
      valueHint: 'path',
    },
    write: { type: 'string', description: 'Write it to this file', valueHint: 'path' },
    ...PROJECT_ARGS,
  },
  async run({ args: { check, write, ...flags } }) {
    if (check !== undefined && write !== undefined)
      throw wrongUsage('--check and --write were given. Give one of them.');
    const { topology, console } = await readProject(flags);
    const snapshotOfNow = withoutLines(topology);
    const text = `${JSON.stringify(snapshotOfNow, null, 2)}\n`;
    if (write !== undefined) {
      writeText(write, text);
      console.note(`Written: ${write}`);
    } else if (check === undefined) console.json(snapshotOfNow);
    else {
      if (!existsSync(check))
        throw wrongUsage(`There is no file ${check}. Make it: carillon snapshot --write ${check}.`);
      const changes = changesOf(readJson(check) as Topology, snapshotOfNow);
      if (flags.json) console.json(changes);
      else for (const { sign, id } of changes) console.text(`${sign} ${id}`);
      console.note(changes.length === 0 ? `As in ${check}.` : `${changes.length} change(s).`);
      if (changes.length > 0) process.exitCode = FINDINGS;
    }
  },
});

/** A line moves with every edit, and nothing has changed. */
function withoutLines(topology: Topology): Topology {
  return JSON.parse(JSON.stringify(topology, (key, value) => (key === 'line' ? undefined : value)));
}

interface Change {
  /** Added, removed, or not the same. */
  readonly sign: '+' | '-' | '~';
  readonly id: string;
}

/** The entries of both by their ids; the order of keys does not count. */
function changesOf(before: Topology, now: Topology): readonly Change[] {
  const [was, is] = [entriesOf(before), entriesOf(now)];
  const ids = [...new Set([...was.keys(), ...is.keys()])].sort();
  return ids.flatMap((id): Change[] => {
    if (!is.has(id)) return [{ sign: '-', id }];
    if (!was.has(id)) return [{ sign: '+', id }];
    return was.get(id) === is.get(id) ? [] : [{ sign: '~', id }];
  });
}

function entriesOf(topology: Topology): ReadonlyMap<string, string> {
  const { edges, ...lists } = topology;
  const listed = Object.entries(lists).flatMap(([name, list]): [string, string][] =>
    Array.isArray(list)
      ? list.map((entry: { id: string }) => [entry.id, sortedText(entry)])
      : [[name, sortedText(list)]],
  );
  const ways = (edges ?? []).map(({ from, kind, to, known }): [string, string] => [
    `${from} ${kind} ${to}`,
    known ?? '',
  ]);
  return new Map([...listed, ...ways]);
}

function sortedText(value: unknown): string {
  return JSON.stringify(value, (_, inner) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
