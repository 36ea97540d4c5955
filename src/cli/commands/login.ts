import type { Command } from 'commander';
import { CommandFailure } from '../api/failure.js';
import type { LoginAnswer } from '../api/wire/people.js';
import type { Io } from '../io.js';
import { examples } from '../options.js';
import { askHidden, readLineOfStdin } from '../prompt.js';
import { inSession, type Session } from '../session.js';

interface LoginOptions {
  readonly username: string;
}

export function addLogin(program: Command, io: Io): void {
  const command = program
    .command('login')
    .summary('log in and save the token')
    .description(
      'Prompts for the password without showing it, or reads it from stdin, and saves the token for this server in ' +
        'your configuration folder, where only you can read it.',
    )
    .option('--username <name>', 'your user name', 'admin')
    .action(inSession(io, login));
  examples(command, [
    ['Log in to a server', 'ota login --server https://ota.example.com'],
    ['Log in from a pipeline', 'echo "$OTA_PASSWORD" | ota login > /dev/null'],
  ]);
}

async function login({ username }: LoginOptions, session: Session): Promise<void> {
  const { io, output, server, credentials } = session;
  if (!isPrivateWay(server)) {
    output.warn(
      `The password is sent to ${server} unencrypted, so others on the network can read it. Use https:// instead.`,
    );
  }
  const password =
    io.stdin.isTTY === true ? await askHidden(`Password of ${username}: `, io) : await readLineOfStdin(io);
  if (password === '') throw new CommandFailure('The password is empty: type it, or pipe it to stdin.');
  const answer = await session
    .anonymous()
    .send<LoginAnswer>('POST', '/api/auth/login', { json: { username, password } });
  const { access_token, expires_in } = answer.body;
  const expires_at = new Date(io.now() + expires_in * 1000).toISOString();
  try {
    credentials.save(server, { username, access_token, expires_at });
  } catch (error) {
    throw new CommandFailure(`Cannot save the token in ${credentials.file}: ${(error as Error).message}.`, [
      'Set XDG_CONFIG_HOME to use another folder.',
    ]);
  }
  output.show(answer, () => `Logged in to ${server} as ${username} until ${output.times.full(expires_at)}.`);
}

/** Returns whether the connection is private: it is encrypted, or does not leave this machine. */
export function isPrivateWay(server: string): boolean {
  const { protocol, hostname } = new URL(server);
  return protocol === 'https:' || /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
