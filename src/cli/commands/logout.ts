import type { Command } from 'commander';
import type { Io } from '../io.js';
import { inSession, type Session } from '../session.js';

export function addLogout(program: Command, io: Io): void {
  program
    .command('logout')
    .summary('forget the saved token')
    .description(
      'Removes the token that ota login saved for this server. It would be accepted until it expires; ota password ' +
        'ends it everywhere.',
    )
    .action(inSession(io, logout));
}

function logout(_options: object, { server, credentials, output }: Session): Promise<void> {
  const wasThere = credentials.forget(server);
  const body = { success: true, was_logged_in: wasThere };
  output.show({ body, text: JSON.stringify(body) }, () =>
    wasThere ? `Logged out of ${server}.` : `You were not logged in to ${server}.`,
  );
  return Promise.resolve();
}
