/** The dashboard for Grafana: whether its JSON is whole, and asks for metrics that exist. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  ATTRIBUTES,
  METRICS,
  OWN_ATTRIBUTES,
  OWN_METRICS,
} from '../../../src/integrations/opentelemetry/conventions.js';
import { PROJECT } from '../../support/program.js';

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly gridPos: Readonly<Record<'h' | 'w' | 'x' | 'y', number>>;
  readonly targets: readonly { readonly refId: string; readonly expr: string }[];
}

const dashboard = JSON.parse(
  readFileSync(join(PROJECT, 'docs/grafana-dashboard.json'), 'utf8'),
) as {
  readonly title: string;
  readonly uid: string;
  readonly schemaVersion: number;
  readonly templating: { readonly list: readonly { readonly name: string }[] };
  readonly panels: readonly Panel[];
};

const underscored = (name: string) => name.replaceAll('.', '_');
const histograms: readonly string[] = [METRICS.operationDuration, METRICS.processDuration];
const gauges: readonly string[] = [
  OWN_METRICS.depth,
  OWN_METRICS.oldest,
  OWN_METRICS.active,
  OWN_METRICS.scopes,
];

/** As the exporter names them. */
const EXPORTED = [...Object.values(METRICS), ...Object.values(OWN_METRICS)].flatMap((name) => {
  const base = underscored(name);
  if (histograms.includes(name)) return [`${base}_bucket`, `${base}_count`];
  return gauges.includes(name) ? base : `${base}_total`;
});
const LABELS = [...Object.values(ATTRIBUTES), ...Object.values(OWN_ATTRIBUTES)].map(underscored);

/** The words of a query that are no functions, no variables and no values. */
function namesIn(expr: string): string[] {
  const bare = expr.replaceAll(/"[^"]*"/g, '').replaceAll(/\[[^\]]*\]/g, '');
  return (bare.match(/[a-z][a-z_]*_[a-z_]+/g) ?? []).filter(
    (name) => name !== 'histogram_quantile',
  );
}

describe('the dashboard', () => {
  it('has what Grafana needs to load it', () => {
    expect(dashboard.title).toBe('Carillon');
    expect(dashboard.uid).toMatch(/^[a-z-]{1,40}$/);
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(36);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    for (const { targets } of dashboard.panels)
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
  });

  it('asks for metrics and labels that are exported, and for each of our own', () => {
    const asked = dashboard.panels.flatMap(({ targets }) =>
      targets.flatMap(({ expr }) => namesIn(expr)),
    );

    expect(asked.filter((name) => ![...EXPORTED, ...LABELS].includes(name))).toEqual([]);
    expect(
      Object.values(OWN_METRICS).filter(
        (name) => !asked.some((each) => each.startsWith(underscored(name))),
      ),
    ).toEqual([]);
  });

  it('uses the variables that it declares', () => {
    const declared = dashboard.templating.list.map(({ name }) => name);
    const text = JSON.stringify(dashboard.panels);
    const used = new Set([...text.matchAll(/\$\{?([a-z]+)\b/g)].map(([, name]) => name));

    expect([...used].sort()).toEqual([...declared].sort());
  });

  it('has panels that do not overlap, in a width of 24', () => {
    const cells = dashboard.panels.flatMap(({ gridPos: { h, w, x, y } }) =>
      Array.from({ length: h * w }, (_, cell) => `${x + (cell % w)} ${y + Math.floor(cell / w)}`),
    );

    expect(new Set(cells).size).toBe(cells.length);
    for (const { gridPos } of dashboard.panels)
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
  });
});
