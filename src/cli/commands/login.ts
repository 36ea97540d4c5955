import type { Command } from 'commander';
import { CommandFailure } from '../api/failure.js';
import type { LoginAnswer } from '../api/wire.js';
import { time } from '../output/format.js';
import { askHidden, canAsk, readLineOfStdin } from '../prompt.js';
import { inSession, type Session } from '../session.js';

interface LoginOptions {
  readonly username: string;
}

export function addLogin(program: Command): void {
  program
    .command('login')
    .summary('log in and keep the token')
    .description(
      'Asks for the password without showing it, or reads it from stdin, and keeps the token for this server in ' +
        'your configuration folder, where only you can read it.',
    )
    .option('--username <name>', 'who you are', 'admin')
    .action(inSession(login));
}

async function login({ username }: LoginOptions, session: Session): Promise<void> {
  const password = canAsk() ? await askHidden(`Password of ${username}: `) : await readLineOfStdin();
  if (password === '') throw new CommandFailure('There is no password: type it, or pipe it in.');
  const answer = await session
    .anonymous()
    .send<LoginAnswer>('POST', '/api/auth/login', { json: { username, password } });
  const { access_token, expires_in } = answer.body;
  const expires_at = new Date(Date.now() + expires_in * 1000).toISOString();
  try {
    session.credentials.save(session.server, { username, access_token, expires_at });
  } catch (error) {
    throw new CommandFailure(
      `Cannot keep the token in ${session.credentials.file}: ${(error as Error).message}.`,
    );
  }
  session.output.show(
    answer,
    () => `Logged in to ${session.server} as ${username} until ${time(expires_at)} UTC.`,
  );
}
