import { jest } from '@jest/globals';
import fc from 'fast-check';
import { DataSource } from 'typeorm';
import { AuditLogEntity } from '../../src/audit/audit-log.entity.js';
import { AuditNotes } from '../../src/audit/audit-notes.js';
import { AuditRepository } from '../../src/audit/audit.repository.js';
import { AuditLog } from '../../src/audit/audit.service.js';
import { DEFAULT_LIMITS, type AppConfig } from '../../src/config/app-config.js';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { inTransaction } from '../../src/database/transaction.js';
import { Metrics } from '../../src/metrics/metrics.js';
import {
  auditHash,
  FIRST_HASH,
  verifyChain,
  type AuditFacts,
  type AuditRow,
  type Json,
} from '../../src/domain/audit-chain.js';
import { eventually } from '../support/http-client.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { samples } from '../support/samples.js';

const chainRow = (row: AuditLogEntity): AuditRow => Object.assign({}, row, { at: row.at.toISOString() });

describe('the audit log', () => {
  let database: TestDatabase;
  let source: DataSource;
  let audit: AuditLog;
  let notes: AuditNotes;
  let rows: AuditRepository;

  beforeAll(async () => {
    database = await createTestDatabase();
    source = await new DataSource(dataSourceOptions(database.url)).initialize();
    rows = new AuditRepository(source.getRepository(AuditLogEntity));
    const config = { limits: DEFAULT_LIMITS } as AppConfig;
    notes = new AuditNotes(config, rows, new Metrics());
    audit = new AuditLog(rows, notes);
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

  /** Any text, also halves of characters, NUL and what JSON escapes. */
  const text = fc.string({
    unit: fc.oneof(
      fc.constantFrom('\0', '\uD83D', '\uDE80', '"', '\\', '\u{1F680}'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
    maxLength: 30,
  });
  const number = fc.oneof(
    fc.constantFrom(-0, 1e21, 1e-7, 1e308, 5e-324, 2 ** 53 + 2, Number.MIN_SAFE_INTEGER, 0.1 + 0.2),
    fc.double(),
  );
  const value = fc.letrec<{ json: Json }>((tie) => ({
    json: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constant(null),
      fc.boolean(),
      number,
      text,
      text.map((one) => one.repeat(1_000)),
      fc.array(tie('json'), { maxLength: 4 }),
      fc.dictionary(fc.oneof(text, fc.constantFrom('__proto__', '10', '9', '')), tie('json'), { maxKeys: 4 }),
    ),
  })).json;

  it('gives back rows that have the hashes which they carry, whatever they hold', async () => {
    await fc.assert(
      fc.asyncProperty(value, value, text, text, async (before, after, name, address) => {
        const by = { id: 1, name, role: 'admin', via: 'password', token: null, address } as const;
        await inTransaction(source.manager, (manager) =>
          audit.record(manager, { by, action: 'test.do', target: `test:${name.repeat(10)}`, before, after }),
        );
        const { rows: read } = await rows.list({}, { skip: 0, limit: 1 });
        const row = chainRow(read[0]!);
        expect(auditHash(row)).toBe(row.hash);
      }),
      { numRuns: samples(200) },
    );
    const { rows: all } = await rows.list({}, { skip: 0, limit: 1_000, afterId: 0 });
    const chain = all.map(chainRow);
    expect(verifyChain({ nextId: 1, previousHash: FIRST_HASH }, chain).fault).toBeNull();
  });

  it('takes a bounded number of rows about devices, and says how many were left out', () => {
    const taken: AuditFacts[] = [];
    jest.spyOn(notes, 'add').mockImplementation((facts) => void taken.push(facts));
    let now = performance.now();
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    const note = (deviceId: number): void => {
      audit.noteDevice({
        by: { deviceId, address: '192.0.2.7' },
        action: 'device.test',
        target: `device:${deviceId}`,
      });
    };
    try {
      for (let times = 0; times < 2; times++)
        for (let deviceId = 1; deviceId <= 1_200; deviceId++) note(deviceId);
      expect(taken).toHaveLength(1_000);
      // A minute, and what a difference of two such readings may lose.
      now += 60_001;
      audit.tellLeftOut();
      for (const deviceId of [1, 1_100]) note(deviceId);
    } finally {
      jest.restoreAllMocks();
    }
    const [leftOut, ...more] = taken.slice(1_000);
    expect(leftOut).toMatchObject({ action: 'audit.leave_out', actorKind: 'server', after: { rows: 400 } });
    expect(more).toMatchObject([{ target: 'device:1100' }]);
  });

  it('takes rows about devices afterwards, in a transaction of their own', async () => {
    audit.noteDevice({ by: { deviceId: 1, address: null }, action: 'device.later', target: 'device:1' });
    await eventually(async () =>
      expect((await rows.list({ action: 'device.later' }, { skip: 0, limit: 1 })).total).toBe(1),
    );
  });
});
