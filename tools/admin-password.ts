import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { DatabaseError } from 'pg';
import { DataSource, QueryFailedError } from 'typeorm';
import { ConfigError } from '../src/config/load-config.js';
import { readDotenv } from '../src/config/dotenv.js';
import { readEnvironment } from '../src/config/environment.js';
import { dataSourceOptions } from '../src/database/data-source.js';
import { findRunningPostgres } from '../src/database/embedded/running-postgres.js';
import { openDatabase, type Database } from '../src/database/open-database.js';
import { passwordViolation } from '../src/domain/password-rule.js';
import { describeStartError } from '../src/server/describe-start-error.js';
import { AdminUserEntity } from '../src/auth/admin-user.entity.js';
import { AdminUserRepository } from '../src/auth/admin-user.repository.js';
import { hashPassword } from '../src/auth/passwords.js';
import { AdminSessionEntity } from '../src/auth/sessions/admin-session.entity.js';
import { AdminSessionRepository } from '../src/auth/sessions/admin-session.repository.js';
import { AuditRepository } from '../src/audit/audit.repository.js';
import { AuditLog } from '../src/audit/audit.service.js';

/**
 * `node tools/admin-password.js [username]` reads a password from stdin and sets it, for `ota admin password`. It reads
 * the server's configuration and works whether the server is running or not. It prints the name, or exits with 1 and the
 * reason.
 */
async function main(username: string | undefined): Promise<void> {
  const password = await text(process.stdin);
  const violation = passwordViolation(password);
  if (violation !== null) throw new Refusal(violation.sentence);

  const config = readConfig();
  if (config.databaseUrl === null) becomeOwnerOf(config.dataDir);
  const database = await openForAWhile(config);
  try {
    const dataSource = await new DataSource(dataSourceOptions(database.url)).initialize();
    try {
      process.stdout.write(`${await setPassword(dataSource, username, password)}\n`);
    } finally {
      await dataSource.destroy();
    }
  } finally {
    await database.close();
  }
}

/** The reason why the password cannot be set, as a sentence. */
class Refusal extends Error {}

type DatabaseConfig = Parameters<typeof openDatabase>[0];

/** Reads where the database is. Errors in other settings do not matter here. */
function readConfig(): DatabaseConfig {
  const errors: string[] = [];
  const { databaseUrl, dataDir } = readEnvironment(readDotenv(), errors);
  const error = errors.find((sentence) => sentence.startsWith('DATABASE_URL'));
  if (error !== undefined) throw new ConfigError([error]);
  return { databaseUrl, dataDir };
}

/** Files that root creates in the server's folder would not be accessible to the server, so switch to its user. */
function becomeOwnerOf(dataDir: string): void {
  const secrets = join(dataDir, 'secrets');
  if (process.getuid?.() !== 0 || !existsSync(secrets)) return;
  const { uid, gid } = statSync(secrets);
  if (uid === 0) return;
  process.setgroups?.([gid]);
  process.setgid?.(gid);
  process.setuid?.(uid);
}

/** Uses the database of a running server; starts and stops the database of a stopped one. */
async function openForAWhile(config: DatabaseConfig): Promise<Database> {
  const running = config.databaseUrl ?? findRunningPostgres(config.dataDir);
  if (running !== null) return { url: running, close: () => Promise.resolve() };
  return openDatabase(config);
}

/** @returns the name of the admin whose password was set */
async function setPassword(
  dataSource: DataSource,
  wanted: string | undefined,
  password: string,
): Promise<string> {
  const users = new AdminUserRepository(dataSource.getRepository(AdminUserEntity));
  const sessions = new AdminSessionRepository(dataSource.getRepository(AdminSessionEntity));
  const names = await users.findUsernames();
  const [only] = names;
  if (only === undefined) {
    throw new Refusal('There is no admin yet. Start the server: it creates the first one.');
  }
  if (wanted === undefined && names.length > 1) {
    throw new Refusal(`There are several admins: ${names.join(', ')}. Specify one with --username.`);
  }
  const username = wanted ?? only;
  const user = await users.findByUsername(username);
  if (!user) throw new Refusal(`There is no admin "${username}". Existing admins: ${names.join(', ')}.`);
  const passwordHash = await hashPassword(password);
  await users.change(async (manager) => {
    await users.setPassword(manager, { id: user.id }, passwordHash);
    await sessions.endAllOf(manager, user.id, null);
    const entry = { by: null, action: 'user.password', target: `user:${user.id}` };
    await new AuditLog(new AuditRepository()).record(manager, entry);
  });
  return username;
}

const UNKNOWN_TABLE_OR_COLUMN = ['42P01', '42703'];

function explain(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  const { code } = error instanceof QueryFailedError ? (error.driverError as DatabaseError) : {};
  return UNKNOWN_TABLE_OR_COLUMN.includes(code ?? '')
    ? 'The database schema is from another version. Start the server of this version once, then try again.'
    : describeStartError(error);
}

main(process.argv[2]).catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
});
