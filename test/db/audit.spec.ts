import { DataSource } from 'typeorm';
import { AuditLogEntity } from '../../src/audit/audit-log.entity.js';
import { AuditNotes } from '../../src/audit/audit-notes.js';
import { AuditRepository } from '../../src/audit/audit.repository.js';
import { AuditLog } from '../../src/audit/audit.service.js';
import { DEFAULT_LIMITS, type AppConfig } from '../../src/config/app-config.js';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { inTransaction } from '../../src/database/transaction.js';
import { Metrics } from '../../src/metrics/metrics.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('the audit log', () => {
  let database: TestDatabase;
  let source: DataSource;
  let audit: AuditLog;

  beforeAll(async () => {
    database = await createTestDatabase();
    source = await new DataSource(dataSourceOptions(database.url)).initialize();
    const rows = new AuditRepository(source.getRepository(AuditLogEntity));
    const config = { limits: DEFAULT_LIMITS } as AppConfig;
    audit = new AuditLog(rows, new AuditNotes(config, rows, new Metrics()));
  });
  afterAll(async () => {
    await source.destroy();
    await database.drop();
  });

  const record = (action: string): Promise<void> =>
    inTransaction(source.manager, (manager) => audit.record(manager, { by: null, action, target: 'test:1' }));

  it('is one chain without gaps, however many write at once, and whatever is rolled back', async () => {
    const failing = inTransaction(source.manager, async (manager) => {
      await audit.record(manager, { by: null, action: 'rolled-back', target: 'test:1' });
      throw new Error('rolled back');
    });
    await Promise.all([
      ...Array.from({ length: 20 }, () => record('done')),
      expect(failing).rejects.toThrow(),
    ]);
    const rows = await database.query<{ id: string; previous_hash: string; hash: string }>(
      'SELECT id, previous_hash, hash FROM audit_log ORDER BY id',
    );
    expect(rows.map(({ id }) => Number(id))).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    for (const [index, row] of rows.entries()) {
      expect(row.previous_hash).toBe(rows[index - 1]?.hash ?? '0'.repeat(64));
    }
  });

  it.each([
    'UPDATE audit_log SET target = $1',
    'DELETE FROM audit_log',
    'TRUNCATE audit_log',
    'DELETE FROM audit_head',
  ])('refuses %s', async (statement) => {
    const parameters = statement.includes('$1') ? ['another'] : [];
    await expect(source.query(statement, parameters)).rejects.toThrow('only added to');
  });
});
