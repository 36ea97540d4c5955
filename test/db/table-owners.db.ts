import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseSync, type ImportDeclaration } from '@swc/core';
import { createTestDatabase } from '../support/test-database.js';

/** Owners of the tables that have no entity; the table of an entity belongs to the repository beside it. */
const WITHOUT_ENTITY: Readonly<Record<string, string>> = {
  audit_head: 'src/audit/audit.repository.ts',
  device_count: 'src/devices/record/device-count.repository.ts',
  webhook_position: 'src/events/webhooks/deliveries/webhook-delivery.repository.ts',
  firmware_count: 'src/firmware/firmware.repository.ts',
  server_beat: 'src/rollouts/clock/clock.repository.ts',
};
const LOGS = ['src/logs/logs.repository.ts', 'src/logs/attempt-statements.ts'];
/** A table of which different things are asked by different parts has a repository for each; another has its SQL apart. */
const OWNED_BY_SEVERAL: Readonly<Record<string, readonly string[]>> = {
  attempt_count: LOGS,
  device_ota_log: LOGS,
  device: [
    'src/devices/record/device.repository.ts',
    'src/devices/record/device-count.repository.ts',
    'src/devices/record/device-description.repository.ts',
    'src/devices/record/device-progress.repository.ts',
    'src/devices/record/device-sighting.repository.ts',
  ],
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

/** A node of what the compiler of the tests reads: TypeScript itself takes three seconds to load. */
interface Node {
  readonly type: string;
  readonly span: { readonly start: number };
  /** Of names and texts. */
  readonly value?: unknown;
  /** Of a piece of a template. */
  readonly raw?: string;
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Partial<Node>).type === 'string';

/** Wherever they are: an argument, for example, is an object that has a node. */
function childrenOf(value: object): Node[] {
  return Object.values(value).flatMap((child: unknown) => {
    if (isNode(child)) return [child];
    return typeof child === 'object' && child !== null ? childrenOf(child) : [];
  });
}

/** A text as it is written, with the names and texts within a template. */
function textOf(node: Node): string {
  const parts = [node, ...descendantsOf(node)].sort((one, other) => one.span.start - other.span.start);
  return parts
    .map(({ type, value, raw }) => (type === 'TemplateElement' ? raw : value))
    .filter((part) => typeof part === 'string')
    .join(' ');
}

const descendantsOf = (node: Node): Node[] =>
  childrenOf(node).flatMap((child) => [child, ...descendantsOf(child)]);

/** @returns the file of an entity of which more than the type is imported */
function entityOf(path: string, { source, typeOnly, specifiers }: ImportDeclaration): string | null {
  const from = join(dirname(path), source.value);
  const isOfTypes =
    typeOnly ||
    (specifiers.length > 0 && specifiers.every((one) => one.type === 'ImportSpecifier' && one.isTypeOnly));
  return from.endsWith('.entity.js') && !isOfTypes ? from.replace(/\.js$/, '.ts') : null;
}

function readSource(path: string): Source {
  const text = readFileSync(path, 'utf8');
  // Most files have neither, and parsing takes long.
  if (!SQL.test(text) && !text.includes('.entity.js')) return { path, sql: [], entities: [] };
  const { body } = parseSync(text, { syntax: 'typescript', decorators: true, target: 'es2023' });
  const imports = body.filter((item) => item.type === 'ImportDeclaration');
  const code: Node[] = body.filter((item) => item.type !== 'ImportDeclaration');
  return {
    path,
    sql: code
      .flatMap((item) => [item, ...descendantsOf(item)])
      .filter(({ type }) => type === 'StringLiteral' || type === 'TemplateLiteral')
      .map(textOf)
      .filter((one) => SQL.test(one)),
    entities: imports.map((item) => entityOf(path, item)).filter((entity) => entity !== null),
  };
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
  const ONE_OWNER: Readonly<Record<string, string>> = {
    ...WITHOUT_ENTITY,
    ...Object.fromEntries(entities.map((entity) => [tableOf(entity), ownerOf(entity)])),
  };
  const OWNERS: Readonly<Record<string, readonly string[]>> = {
    ...Object.fromEntries(Object.entries(ONE_OWNER).map(([table, owner]) => [table, [owner]])),
    ...OWNED_BY_SEVERAL,
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

  it.each(Object.entries(OWNERS))('%s stands in the SQL of its owners alone', (table, owners) => {
    const found = sources.filter((source) => mentions(source, table)).map(({ path }) => path);
    // Its owner may know it by its entity alone.
    const allowed = [...owners, ...(table in READERS ? [READERS[table]!] : [])];
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
      return OWNERS[tableOf(entity)]?.includes(path) !== true && !isModule;
    });
    expect(strangers).toEqual([]);
  });
});
