import type { QueryRunner } from 'typeorm';

/*
 * Writes a field of TypeORM's query runners that is only meant to be read. Tried with typeorm 1.1;
 * test/db/transaction.db.ts fails when it loses its effect.
 * It may go when TypeORM lets settings be sent together with START TRANSACTION.
 */

/**
 * Tells TypeORM that a transaction is open which it did not begin, or that it has ended. Otherwise `save()` would begin
 * one of its own, and commit the open one with it.
 */
export function markTransaction(runner: QueryRunner, isActive: boolean): void {
  Object.assign(runner, { isTransactionActive: isActive });
}
