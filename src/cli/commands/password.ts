import type { Command } from 'commander';
import { CommandFailure } from '../api/failure.js';
import type { Io } from '../io.js';
import { askHidden, askTwice, canAsk, readLinesOfStdin } from '../prompt.js';
import { inSession, type Session } from '../session.js';

export function addPassword(program: Command, io: Io): void {
  program
    .command('password')
    .summary('change your own password')
    .description(
      'Prompts for the current password, and twice for the new one, without showing them; or reads both from stdin, a ' +
        'line each. All your logins end, also this one, and your sessions in browsers. API tokens stay, and change no ' +
        'passwords. ota admin password sets a password that was lost.',
    )
    .action(inSession(io, changePassword));
}

async function changePassword(_options: object, session: Session): Promise<void> {
  const admin = session.admin();
  const [current_password, new_password] = await passwords(session.io);
  const answer = await admin.send('POST', '/api/auth/password', { json: { current_password, new_password } });
  session.output.show(answer, () => 'Your password is changed. Log in again: ota login.');
}

async function passwords(io: Io): Promise<readonly [current: string, next: string]> {
  if (canAsk(io)) return [await askHidden('Current password: ', io), await askTwice(io)];
  const [current = '', next = ''] = await readLinesOfStdin(io, 2);
  if (current !== '' && next !== '') return [current, next];
  throw new CommandFailure(
    'There is no terminal to ask on: pipe the current and the new password to stdin, a line each.',
  );
}
