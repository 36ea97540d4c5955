import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { sqlStateOf } from './database-error.js';
import { withoutSessionLimits, type PostgresOptions } from './data-source.js';

const PROTOCOL_VIOLATION = '08P01';

/**
 * Connects with limits for the session in the startup packet. A transaction pooler may refuse them there (PgBouncer does
 * unless `ignore_startup_parameters` names them): then those hold that each transaction sets for itself.
 */
export async function openDataSource(options: PostgresOptions): Promise<DataSource> {
  try {
    return await new DataSource(options).initialize();
  } catch (error) {
    if (!refusesSettings(error)) throw error;
    new Logger('Database').warn(
      'The connection pooler takes no settings at the start of a connection: statements outside of transactions have ' +
        'no time limit on the database server. Set statement_timeout and lock_timeout for the role instead.',
    );
    return new DataSource(withoutSessionLimits(options)).initialize();
  }
}

const refusesSettings = (error: unknown): boolean =>
  sqlStateOf(error) === PROTOCOL_VIOLATION && String(error).includes('startup parameter');
