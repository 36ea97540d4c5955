import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { FirmwareEntity } from '../../src/firmware/firmware.entity.js';
import { FirmwareRepository } from '../../src/firmware/firmware.repository.js';
import { LogsRepository } from '../../src/logs/logs.repository.js';
import { OtaLogEntity } from '../../src/logs/ota-log.entity.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const FIRMWARE = 5_000;
const LOGS = 200_000;
/** As many as are deleted in one transaction. */
const SOME_ATTEMPTS = Array.from({ length: 500 }, (_, n) => ({
  id: n + 1,
  deviceId: n + 2,
  firmwareId: 1 + (Math.floor((n + 1) / 7) % FIRMWARE),
}));
/** Either leads to the rows of a type; which is cheaper is for the planner to say. */
const OF_FIRMWARE = /^(ix_firmware_newest_first|uq_firmware_release)$/;

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

/** The plans of the very statements that the repositories send, at the size of a grown fleet. */
describe('the queries of the repositories', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let firmware: FirmwareRepository;
  let logs: LogsRepository;
  let sent: { sql: string; parameters: unknown[] }[];

  beforeAll(async () => {
    database = await createTestDatabase();
    await fill(database);
    sent = [];
    const record = (sql: string, parameters?: unknown[]) =>
      void sent.push({ sql, parameters: parameters ?? [] });
    const silent = () => undefined;
    dataSource = await new DataSource({
      ...dataSourceOptions(database.url),
      logging: true,
      logger: {
        logQuery: record,
        logQueryError: silent,
        logQuerySlow: silent,
        logSchemaBuild: silent,
        logMigration: silent,
        log: silent,
      },
    }).initialize();
    firmware = new FirmwareRepository(dataSource.getRepository(FirmwareEntity));
    logs = new LogsRepository(dataSource.getRepository(OtaLogEntity));
  });
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  /** Node types and indexes of all that a call sends. */
  const plansOf = async (call: () => Promise<unknown>): Promise<PlanNode[]> => {
    sent.length = 0;
    await call();
    const nodes: PlanNode[] = [];
    for (const { sql, parameters } of sent.filter((query) => /^(SELECT|DELETE)/.test(query.sql))) {
      const [row] = await database.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
        `EXPLAIN (FORMAT JSON) ${sql}`,
        parameters,
      );
      nodes.push(...flatten(row!['QUERY PLAN'][0].Plan));
    }
    return nodes;
  };

  const scans = (nodes: readonly PlanNode[]) => nodes.filter((node) => node['Node Type'].includes('Scan'));

  it.each([
    ['all firmware, first page', () => firmware.list(undefined, 0, 100), OF_FIRMWARE],
    ['one type, first page', () => firmware.list('type-7', 0, 100), OF_FIRMWARE],
    ['one type, later page', () => firmware.list('type-7', 200, 100), OF_FIRMWARE],
    ['all logs, first page', () => logs.list({}, 0, 100), 'device_ota_log_pkey'],
    ['all logs, later page', () => logs.list({}, 10_000, 100), 'device_ota_log_pkey'],
    ['logs of a device', () => logs.list({ deviceId: 77 }, 0, 100), 'ix_device_ota_log_attempt'],
    ['logs of a firmware', () => logs.list({ firmwareId: 77 }, 0, 100), 'ix_device_ota_log_firmware_id'],
    ['logs of a status', () => logs.list({ status: 'failed' }, 0, 100), 'ix_device_ota_log_unsuccessful'],
    [
      'logs of a device at a firmware',
      () => logs.list({ deviceId: 77, firmwareId: 77 }, 0, 100),
      'ix_device_ota_log_attempt',
    ],
    [
      'the newest attempt of a device at a firmware',
      () => logs.findHistories(dataSource.manager, [{ deviceId: 77, firmwareId: 77, depth: 1 }]),
      'ix_device_ota_log_attempt',
    ],
    [
      'the oldest attempts that ended',
      () =>
        logs.findInOrder(dataSource.manager, { status: 'failed', afterId: 5_000, days: 30, count: 1_000 }),
      'ix_device_ota_log_unsuccessful',
    ],
    [
      'deleting attempts',
      () => logs.delete(dataSource.manager, SOME_ATTEMPTS),
      'ix_device_ota_log_firmware_id',
    ],
  ])('%s: the page comes from an index', async (_, call, index) => {
    const indexes = (await plansOf(call)).flatMap((node) => node['Index Name'] ?? []);
    expect(indexes[0]).toMatch(index);
  });

  it.each([
    ['all logs', () => logs.list({}, 0, 100)],
    ['a device', () => logs.list({ deviceId: 77 }, 0, 100)],
    ['a firmware', () => logs.list({ firmwareId: 77 }, 0, 100)],
    ['a status that is rare', () => logs.list({ status: 'failed' }, 0, 100)],
    ['all firmware', () => firmware.list(undefined, 0, 100)],
    ['one type of firmware', () => firmware.list('type-7', 0, 100)],
    ['deleting attempts', () => logs.delete(dataSource.manager, SOME_ATTEMPTS)],
  ])('%s: nothing reads a whole table, not even to count', async (_, call) => {
    const nodes = scans(await plansOf(call));
    expect(nodes.length).toBeGreaterThanOrEqual(2);
    const whole = nodes.filter((node) => node['Node Type'] === 'Seq Scan');
    // Tables of counts have few rows.
    expect(whole.filter((node) => !node['Relation Name']?.endsWith('_count'))).toEqual([]);
  });
});

function flatten(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(flatten)];
}

async function fill(database: TestDatabase): Promise<void> {
  await database.query(
    `INSERT INTO firmware (device_type, version, version_sort_key, build_number, filename, file_size, file_hash, binary_path)
     SELECT 'type-' || n % 20, '1.' || n || '.0', 'b1' || chr(97 + length(n::text)) || n, 1, 'f.bin', 1, repeat('a', 64), 'p'
       FROM generate_series(1, $1::int) n`,
    [FIRMWARE],
  );
  await database.query('INSERT INTO device (id) SELECT generate_series(1, 20000)');
  // Without a foreign key check for each row, which would take most of the time.
  await database.query(`
    SET session_replication_role = replica;
    INSERT INTO device_ota_log (device_id, firmware_id, status)
    SELECT 1 + n % 20000, 1 + (n / 7) % ${FIRMWARE}, CASE WHEN n % 50 = 0 THEN 'failed' ELSE 'success' END
      FROM generate_series(1, ${LOGS}) n;
    RESET session_replication_role`);
  await database.query('VACUUM ANALYZE');
}
