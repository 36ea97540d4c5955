import type { Command } from 'commander';
import type { Me } from '../api/wire/people.js';
import type { Io } from '../io.js';
import { renderFacts } from '../output/table.js';
import { printable } from '../output/text.js';
import { inSession, type Session } from '../session.js';

export function addWhoami(program: Command, io: Io): void {
  program
    .command('whoami')
    .summary('show who you are to the server')
    .description('Shows the user, the role and the expiry of the token that commands send.')
    .action(inSession(io, whoami));
}

async function whoami(_options: object, session: Session): Promise<void> {
  const { output, server } = session;
  const answer = await session.admin().send<Me>('GET', '/api/auth/me');
  output.show(answer, ({ username, role, via, token_name, expires_at }) =>
    renderFacts(
      [
        ['Server', server],
        ['User', username],
        ['Role', role],
        ['By', via === 'token' ? tokenText(token_name) : 'a login'],
        ['Expires', expires_at === null ? 'never' : output.times.full(expires_at)],
      ],
      output.width,
      output.style,
    ),
  );
}

const tokenText = (name: string | null | undefined): string =>
  name == null ? 'an API token' : `the API token ${printable(name)}`;
