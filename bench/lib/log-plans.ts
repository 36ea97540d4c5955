import type { DataSource, EntityManager, Logger } from 'typeorm';
import { inTransaction } from '../../src/database/transaction.js';
import { LogsRepository } from '../../src/logs/logs.repository.js';

const TABLE = 'device_ota_log';

/** Remembers what is asked of the database while it is told to. */
export class SqlLogger implements Logger {
  asked: { readonly sql: string; readonly parameters: unknown[] }[] | null = null;

  logQuery(sql: string, parameters: unknown[] = []): void {
    this.asked?.push({ sql, parameters });
  }
  logQueryError(): void {
    // It is thrown as well.
  }
  logQuerySlow(): void {
    // All are known.
  }
  logSchemaBuild(): void {
    // There is none.
  }
  logMigration(): void {
    // There is none.
  }
  log(): void {
    // Nothing of this is about a statement.
  }
}

/**
 * The service's own statements, each with what it is asked for. None changes anything: the transaction is given up.
 * @param firmwareId of attempts that are neither the first nor the last
 * @returns for each the indexes of the log that its plans name
 */
export async function plansOf(
  database: DataSource,
  logger: SqlLogger,
  firmwareId: number,
): Promise<Map<string, string>> {
  const logs = LogsRepository.of(database.manager);
  const devices = Array.from({ length: 512 }, (_, index) => 1 + index * 7);
  const keys = devices.map((deviceId) => ({ deviceId, firmwareId, depth: 1 }));
  const day = 24 * 3_600_000;
  const statements: Readonly<Record<string, (manager: EntityManager) => Promise<unknown>>> = {
    'reports: the newest attempts of 512 devices': (manager) => logs.findHistories(manager, keys),
    'reports: writing 512 attempts': async (manager) => {
      const found = await logs.findHistories(manager, keys);
      logger.asked = [];
      await logs.writeAttempts(
        manager,
        { changed: found, opened: [] },
        new Map(found.map((attempt) => [attempt, attempt.record.state.status])),
      );
    },
    'rollouts: devices of which one failed': (manager) => logs.findFailedWith(manager, firmwareId),
    'a firmware is deleted: whether it has attempts': (manager) => logs.hasAttempts(manager, firmwareId),
    'devices that are confirmed by a success': (manager) => logs.findSuccessful(manager, devices),
    'devices are forgotten: their attempts': (manager) => logs.deleteOfDevices(manager, [7, 14, 21]),
    'retention: successes in order': (manager) =>
      logs.findInOrder(manager, { status: 'success', afterId: 1_000, days: 30, count: 5_000 }),
    'retention: failures in order': (manager) =>
      logs.findInOrder(manager, { status: 'failed', afterId: 1_000, days: 30, count: 5_000 }),
    'retention: deleting old ones': async (manager) => {
      const some = await logs.findInOrder(manager, {
        status: 'success',
        afterId: 1_000,
        days: 0,
        count: 500,
      });
      logger.asked = [];
      await logs.delete(manager, some);
    },
    'list: the newest': () => logs.list({}, 0, 100),
    'list: of a device': () => logs.list({ deviceId: 777 }, 0, 100),
    'list: of a device and a firmware': () => logs.list({ deviceId: 777, firmwareId }, 0, 100),
    'list: of a firmware': () => logs.list({ firmwareId }, 0, 100),
    'list: failed': () => logs.list({ status: 'failed' }, 0, 100),
    'list: installing, of which there are none': () => logs.list({ status: 'installing' }, 0, 100),
    'list: successful': () => logs.list({ status: 'success' }, 0, 100),
    'list: failed of a firmware': () => logs.list({ firmwareId, status: 'failed' }, 0, 100),
    'list: of a day long ago': () =>
      logs.list({ before: new Date(Date.now() - day), since: new Date(Date.now() - 2 * day) }, 0, 100),
  };
  const plans = new Map<string, string>();
  for (const [name, ask] of Object.entries(statements)) {
    const asked = await askedBy(database, logger, ask);
    const names = new Set<string>();
    for (const { sql, parameters } of asked) {
      const [row] = await database.query<[{ 'QUERY PLAN': unknown }]>(
        `EXPLAIN (FORMAT JSON) ${sql}`,
        parameters,
      );
      for (const way of waysIn(row['QUERY PLAN'])) names.add(way);
    }
    plans.set(name, [...names].sort().join(', '));
  }
  return plans;
}

/** The statements about the log that some work makes; what it changes is undone. */
async function askedBy(
  database: DataSource,
  logger: SqlLogger,
  ask: (manager: EntityManager) => Promise<unknown>,
): Promise<NonNullable<SqlLogger['asked']>> {
  const undone = new Error('on purpose');
  logger.asked = [];
  await inTransaction(database.manager, async (manager) => {
    await ask(manager);
    throw undone;
  }).catch((error: unknown) => {
    if (error !== undone) throw error;
  });
  const { asked } = logger;
  logger.asked = null;
  return asked.filter(({ sql }) => sql.includes(TABLE));
}

/** How a plan comes to rows of the log: by which of its indexes, or through all of it. */
function waysIn(plan: unknown): string[] {
  if (typeof plan !== 'object' || plan === null) return [];
  const node = plan as Record<string, unknown>;
  const index = node['Index Name'];
  const isScan = node['Node Type'] === 'Seq Scan' && node['Relation Name'] === TABLE;
  const own =
    typeof index === 'string' && isOfLog(index) ? [shortOf(index)] : isScan ? ['the whole table'] : [];
  return [...own, ...Object.values(node).flatMap(waysIn)];
}

const isOfLog = (index: string): boolean => index.includes(TABLE);
/** An index of the log without the name of its table. */
export const shortOf = (index: string): string =>
  index.replace(`ix_${TABLE}_`, '').replace(`${TABLE}_pkey`, 'primary key');
