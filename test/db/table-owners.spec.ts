import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { createTestDatabase } from '../support/test-database.js';

/** Owners of the tables that have no entity; the table of an entity belongs to the repository beside it. */
const WITHOUT_ENTITY: Readonly<Record<string, string>> = {
  audit_head: 'src/audit/audit.repository.ts',
  attempt_count: 'src/logs/logs.repository.ts',
  device_count: 'src/devices/device.repository.ts',
  webhook_position: 'src/events/webhooks/deliveries/webhook-delivery.repository.ts',
  firmware_count: 'src/firmware/firmware.repository.ts',
  server_beat: 'src/rollouts/clock/clock.repository.ts',
};
/** What another one may read. */
const FLEET_QUERY = 'src/devices/fleet/fleet-query.ts';
const READERS: Readonly<Record<string, string>> = {
  firmware: 'src/releases/release.repository.ts',
  device: FLEET_QUERY,
  device_access: FLEET_QUERY,
  device_group_member: FLEET_QUERY,
};
/** TypeORM's own. */
const MIGRATIONS = 'schema_migration';

const SQL = /\b(SELECT|INSERT|UPDATE|DELETE|TRUNCATE|MERGE|COPY|LOCK|FROM|JOIN)\b/;
const CHANGE = /\b(INSERT|UPDATE|DELETE|TRUNCATE|MERGE|COPY|LOCK)\b/;

/** A source file, as far as tables are concerned. */
interface Source {
  readonly path: string;
  /** Texts that are SQL, or a part of it. */
  readonly sql: readonly string[];
  /** Files of entities of which more than the type is imported. */
  readonly entities: readonly string[];
}

function readSource(path: string): Source {
  const sql: string[] = [];
  const entities: string[] = [];
  const text = readFileSync(path, 'utf8');
  // Most files have neither, and parsing takes long.
  if (!SQL.test(text) && !text.includes('.entity.js')) return { path, sql, entities };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const from = join(dirname(path), (node.moduleSpecifier as ts.StringLiteral).text);
      const bindings = node.importClause?.namedBindings;
      const isOfTypes =
        node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword ||
        (bindings && ts.isNamedImports(bindings) && bindings.elements.every(({ isTypeOnly }) => isTypeOnly));
      if (from.endsWith('.entity.js') && isOfTypes !== true) entities.push(from.replace(/\.js$/, '.ts'));
      return;
    }
    const isText = ts.isStringLiteralLike(node) || ts.isTemplateExpression(node);
    if (isText && SQL.test(node.getText())) sql.push(node.getText());
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  return { path, sql, entities };
}

const tableOf = (entity: string): string =>
  /@Entity\('(\w+)'\)/.exec(readFileSync(entity, 'utf8'))?.[1] ?? entity;

describe('a table', () => {
  const paths = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .map((path) => join('src', path))
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'));
  const entities = paths.filter((path) => path.endsWith('.entity.ts'));
  const sources = paths.filter((path) => !entities.includes(path)).map(readSource);
  const ownerOf = (entity: string): string => {
    const beside = paths.filter(
      (path) => dirname(path) === dirname(entity) && path.endsWith('.repository.ts'),
    );
    const named = entity.replace(/\.entity\.ts$/, '.repository.ts');
    return beside.length === 1 ? beside[0]! : named;
  };
  const OWNERS: Readonly<Record<string, string>> = {
    ...WITHOUT_ENTITY,
    ...Object.fromEntries(entities.map((entity) => [tableOf(entity), ownerOf(entity)])),
  };
  const mentions = ({ sql }: Source, table: string): boolean =>
    sql.some((text) => new RegExp(`\\b${table}\\b`).test(text));

  it('has an owner, and one that is gone has none', async () => {
    const database = await createTestDatabase();
    const rows = await database.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class
        WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND relname <> $1`,
      [MIGRATIONS],
    );
    await database.drop();
    expect(Object.keys(OWNERS).sort()).toEqual(rows.map(({ name }) => name).sort());
  });

  it.each(Object.entries(OWNERS))('%s stands in the SQL of its owner, %s, alone', (table, owner) => {
    const found = sources.filter((source) => mentions(source, table)).map(({ path }) => path);
    // Its owner may know it by its entity alone.
    const allowed = [owner, ...(table in READERS ? [READERS[table]!] : [])];
    expect(found.filter((path) => !allowed.includes(path))).toEqual([]);
  });

  it.each(Object.entries(READERS))('%s is read, and not changed, by %s', (table, reader) => {
    const source = sources.find(({ path }) => path === reader)!;
    expect(mentions(source, table)).toBe(true);
    expect(source.sql.filter((text) => CHANGE.test(text))).toEqual([]);
    expect(source.entities).toEqual([]);
  });

  it('is reached by its entity from its owner alone, which its module makes it known to', () => {
    const uses = sources.flatMap(({ path, entities }) => entities.map((entity) => [entity, path] as const));
    const strangers = uses.filter(([entity, path]) => {
      const isModule = path.endsWith('.module.ts') && entity.startsWith(`${dirname(path)}/`);
      return path !== OWNERS[tableOf(entity)] && !isModule;
    });
    expect(strangers).toEqual([]);
  });
});
