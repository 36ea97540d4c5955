import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { inTransaction } from '../../src/database/transaction.js';
import { TicketKeyEntity } from '../../src/tls/ticket-key.entity.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('a transaction', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await new DataSource(dataSourceOptions(database.url)).initialize();
  });
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  it('takes back what TypeORM saved in it when the work fails later', async () => {
    const work = inTransaction(dataSource.manager, async (manager) => {
      await manager.save(TicketKeyEntity, { secret: Buffer.alloc(48), startsAt: new Date() });
      expect(await manager.count(TicketKeyEntity)).toBe(1);
      throw new Error('failed later');
    });
    await expect(work).rejects.toThrow('failed later');
    expect(await database.query('SELECT 1 FROM tls_ticket_key')).toEqual([]);
  });

  it('leaves its connection to others as it found it', async () => {
    await inTransaction(dataSource.manager, (manager) => manager.query('SELECT 1'));
    await dataSource.manager.save(TicketKeyEntity, { secret: Buffer.alloc(48), startsAt: new Date() });
    expect(await database.query('SELECT 1 FROM tls_ticket_key')).toHaveLength(1);
  });
});
