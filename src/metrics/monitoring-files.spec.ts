import { readFileSync } from 'node:fs';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { parse } from 'yaml';
import { Metrics } from './metrics.js';

const DASHBOARD = 'docs/grafana/ota-dashboard.json';
const ALERTS = 'docs/grafana/alerts.yml';
const NAME = /\b(?:ota|process|nodejs)_[a-z_]+\b/g;

interface Dashboard {
  readonly uid: string;
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string }[] };
}
interface Alerts {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly for: string;
      readonly labels: { readonly severity: string };
      readonly annotations: { readonly summary: string; readonly description: string };
    }[];
  }[];
}

/** All names that GET /metrics may show, with those of the parts of a histogram. */
function namesShown(): ReadonlySet<string> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const ofProcess = registry.getMetricsAsArray().map(({ name }) => name);
  const own = new Metrics()
    .snapshot()
    .flatMap(({ name, type }) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    );
  return new Set([...ofProcess, ...own]);
}

const readDashboard = (): Dashboard => JSON.parse(readFileSync(DASHBOARD, 'utf8')) as Dashboard;
const readAlerts = (): Alerts => parse(readFileSync(ALERTS, 'utf8')) as Alerts;

/** The names with which the rows of a page's tables begin. */
const rowsOf = (page: string, row: RegExp): string[] =>
  [...readFileSync(page, 'utf8').matchAll(row)].map(([, name = '']) => name);

/** Every parenthesis and brace is closed in its order. */
function isBalanced(expression: string): boolean {
  const open: string[] = [];
  const closes: Readonly<Record<string, string>> = { ')': '(', '}': '{', ']': '[' };
  for (const character of expression.replace(/"[^"]*"/g, '')) {
    if ('({['.includes(character)) open.push(character);
    else if (character in closes && open.pop() !== closes[character]) return false;
  }
  return open.length === 0;
}

describe('the files for monitoring', () => {
  const known = namesShown();
  const expressions = [
    ...readDashboard().panels.flatMap(({ title, targets }) =>
      targets.map(({ expr }) => [title, expr] as const),
    ),
    ...readDashboard().templating.list.map(({ name, query }) => [name, query] as const),
    ...readAlerts().groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => [alert, expr] as const)),
  ];

  it.each(expressions)('%s names only metrics that there are', (title, expression) => {
    const names = expression.match(NAME) ?? [];
    if (title !== 'datasource') expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !known.has(name))).toEqual([]);
    expect(isBalanced(expression)).toBe(true);
  });

  it('have panels of different ids, and alerts that say what to do', () => {
    const { panels, uid } = readDashboard();
    expect(uid).toBe('ota-server');
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const rules = readAlerts().groups.flatMap((group) => group.rules);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const rule of rules) {
      expect(rule.alert).toMatch(/^Ota[A-Z]\w+$/);
      expect(rule.for).toMatch(/^\d+m$/);
      expect(['warning', 'critical']).toContain(rule.labels.severity);
      for (const text of [rule.annotations.summary, rule.annotations.description])
        expect(text).toMatch(/[.?]$/);
    }
  });

  it('have a page that explains each alert, and one that lists each metric', () => {
    const alerts = readAlerts().groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
    expect(rowsOf('docs/fleet.md', /^\| `(Ota\w+)`/gm)).toEqual(alerts);
    const own = new Metrics().snapshot().map(({ name }) => name);
    expect(rowsOf('docs/server-guide.md', /^\| `(ota_\w+)`/gm).sort()).toEqual(own.sort());
  });
});
