import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { passwordViolation } from '../../domain/password-rule.js';
import { CommandFailure } from '../api/failure.js';
import type { Io } from '../io.js';
import { askTwice, canAsk, readLineOfStdin } from '../prompt.js';
import { inSession, type Session } from '../session.js';

/** Part of the server, because this command has no access to the database or the configuration. */
const PROGRAM = fileURLToPath(new URL('../../../tools/admin-password.js', import.meta.url));

interface PasswordOptions {
  readonly username?: string;
  readonly settings?: string;
}

export function addAdmin(program: Command, io: Io): void {
  program
    .command('admin')
    .summary("manage admins, on the server's machine")
    .description("Commands to run on the server's machine. They use its database and need no token.")
    .command('password')
    .summary('set the password of an admin')
    .description(
      "Sets a new password for an admin who has lost it, whether the server is running or not. Run it in the server's " +
        'folder: it reads the same .env. It prompts for the password twice without showing it, or reads it from stdin. ' +
        'Tokens issued before become invalid.',
    )
    .option('--username <name>', 'name of the admin; optional if there is only one')
    .option('--settings <path>', 'file with the settings of the server, such as /etc/ota-server.env')
    .action(inSession(io, setPassword));
}

async function setPassword({ username, settings }: PasswordOptions, session: Session): Promise<void> {
  if (settings !== undefined && !existsSync(settings)) {
    throw new CommandFailure(`The file ${settings} does not exist.`);
  }
  const { io } = session;
  const password = canAsk(io) ? await askTwice(io) : await readLineOfStdin(io);
  const violation = passwordViolation(password);
  if (violation !== null) throw new CommandFailure(violation.sentence);

  const changed = await runProgram(settings, username, password);
  const body = { success: true, username: changed };
  const answer = { body, text: JSON.stringify(body), total: undefined };
  session.output.show(
    answer,
    () => `The password of ${changed} is set. Log in again: earlier tokens are no longer valid.`,
  );
}

/** @returns the name of the admin whose password was set */
async function runProgram(
  settings: string | undefined,
  username: string | undefined,
  password: string,
): Promise<string> {
  const child = spawn(
    process.execPath,
    [
      ...(settings === undefined ? [] : [`--env-file=${settings}`]),
      PROGRAM,
      ...(username === undefined ? [] : [username]),
    ],
    { stdio: 'pipe' },
  );
  // The program may exit before it has read the password.
  child.stdin.on('error', () => undefined);
  child.stdin.end(password);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  if (code !== 0) throw new CommandFailure(stderr.trim() || 'The password could not be set.');
  return stdout.trim();
}
