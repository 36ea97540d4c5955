import { text } from 'node:stream/consumers';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../src/database/data-source.js';
import { passwordViolation } from '../src/domain/password-rule.js';
import { AdminUserEntity } from '../src/auth/admin-user.entity.js';
import { AdminUserRepository } from '../src/auth/admin-user.repository.js';
import { hashPassword } from '../src/auth/passwords.js';
import { AdminSessionEntity } from '../src/auth/sessions/admin-session.entity.js';
import { AdminSessionRepository } from '../src/auth/sessions/admin-session.repository.js';
import { AuditRepository } from '../src/audit/audit.repository.js';
import { AuditLogEntity } from '../src/audit/audit-log.entity.js';
import { factsOf } from '../src/audit/audit.service.js';
import { becomeOwnerOf, explain, openForAWhile, readPlace } from './server-machine.js';

/**
 * `node tools/admin-password.js [username]` reads a password from stdin and sets it, for `ota admin password`. It reads
 * the server's configuration and works whether the server is running or not. It prints the name, or exits with 1 and the
 * reason.
 */
async function main(username: string | undefined): Promise<void> {
  const password = await text(process.stdin);
  const violation = passwordViolation(password);
  if (violation !== null) throw new Refusal(violation.sentence);

  const place = readPlace();
  if (place.databaseUrl === null) becomeOwnerOf(place.dataDir);
  const database = await openForAWhile(place);
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
  const audit = new AuditRepository(dataSource.getRepository(AuditLogEntity));
  await users.change(async (manager) => {
    await users.setPassword(manager, { id: user.id }, passwordHash);
    await sessions.endAllOf(manager, user.id, null);
    const entry = { by: null, action: 'user.password', target: `user:${user.id}` };
    await audit.append(manager, factsOf(entry));
  });
  return username;
}

main(process.argv[2]).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Refusal ? error.message : explain(error)}\n`);
  process.exitCode = 1;
});
