import { AuditRepository } from '../../src/audit/audit.repository.js';
import type { AuditFacts } from '../../src/domain/audit-chain.js';
import type { TestApp } from './test-app.js';

export const DAYS_AGO = (days: number): Date => new Date(Date.now() - days * 24 * 3600_000);

const FACTS: AuditFacts = {
  at: '2020-01-01T00:00:00.000Z',
  actorKind: 'server',
  actorId: null,
  actorName: 'server',
  address: null,
  requestId: null,
  action: 'test.do',
  target: 'test:1',
  before: null,
  after: null,
  result: 'done',
};

/** Lets the log begin with such rows, as {@link addOldRows} makes them. */
export async function beginLog(app: TestApp, ages: readonly number[]): Promise<void> {
  await app.database.query(
    `DO $$ BEGIN
       SET LOCAL session_replication_role = replica;
       DELETE FROM audit_log;
       DELETE FROM audit_head;
     END $$`,
  );
  await addOldRows(app, ages);
}

/** Adds rows to the log as if they had been added so many days ago. */
export async function addOldRows({ nest }: TestApp, ages: readonly number[]): Promise<void> {
  const rows = nest.get(AuditRepository, { strict: false });
  for (const days of ages) {
    const at = DAYS_AGO(days).toISOString();
    await rows.transaction((manager) => rows.append(manager, { ...FACTS, at }));
  }
}
