import type { Command } from 'commander';
import { ROLES } from '../../domain/permissions.js';
import type { Answer } from '../api/api-client.js';
import { CommandFailure } from '../api/failure.js';
import type { WireToken } from '../api/wire/people.js';
import type { Io } from '../io.js';
import { examples, futureTime } from '../options.js';
import { renderTable } from '../output/table.js';
import { readList } from '../read-list.js';
import { inSession, type Session } from '../session.js';

const PATH = '/api/ota/admin/tokens';
/** `ota_` and the characters that the server shows of a token. */
const VISIBLE_LENGTH = 8;

interface CreateOptions {
  readonly role: string;
  readonly expires?: string;
}

export function addToken(program: Command, io: Io): void {
  const token = program
    .command('token')
    .summary('manage API tokens')
    .description('Commands for the tokens with which programs and pipelines use the server.');
  const create = token
    .command('create')
    .summary('make a token, which is shown once')
    .description(
      'Makes a token and prints it, this once. On a pipe it prints nothing but the token; with --json what the server sent. ' +
        'It makes no tokens, changes no passwords, and may do no more than you.',
    )
    .argument('<name>', 'what the token is for')
    .option('--role <role>', `what the token may do: ${ROLES.join(', ')}`, 'viewer')
    .option(
      '--expires <time>',
      'when it expires: 90d, or a time such as 2026-12-31T12:00Z (default: never)',
      futureTime(() => io.now()),
    )
    .action(inSession(io, createToken));
  examples(create, [
    ['A token for a pipeline that publishes', 'ota token create ci --role operator --expires 90d'],
    ['Store it without showing it', 'ota token create ci --role operator | gh secret set OTA_TOKEN'],
  ]);
  token
    .command('list')
    .summary('list tokens, the newest first')
    .description('Lists your tokens that are not revoked; for an admin those of all users.')
    .action(inSession(io, listTokens));
  const revoke = token
    .command('revoke')
    .summary('revoke a token')
    .description('Revokes a token: no server accepts it a second later.')
    .argument('<token>', 'its id or its beginning, such as ota_4f7H')
    .action(inSession(io, revokeToken));
  examples(revoke, [['A token that was found in a log', 'ota token revoke ota_4f7H']]);
}

async function createToken(
  { role, expires }: CreateOptions,
  session: Session,
  [name]: readonly unknown[],
): Promise<void> {
  const json = { name, role, expires_at: expires };
  const answer = await session.admin().send<WireToken & { token: string }>('POST', PATH, { json });
  const { output } = session;
  output.showSecret(answer, answer.body.token);
  const { expires_at } = answer.body;
  const until = expires_at === null ? 'never expires' : `expires at ${output.times.full(expires_at)}`;
  output.note(`It has the role ${answer.body.role}, ${until}, and is not shown again.`);
}

async function listTokens(_options: object, session: Session): Promise<void> {
  const { output } = session;
  const answer = await allTokens(session);
  const { times } = output;
  output.show(
    answer,
    (rows) =>
      rows.length === 0
        ? 'No tokens. To make one: ota token create NAME'
        : renderTable(
            rows,
            [
              { title: 'ID', cell: ({ id }) => id, align: 'right' },
              { title: 'TOKEN', cell: ({ token_prefix }) => `${token_prefix}…` },
              { title: 'NAME', cell: ({ name }) => name, least: 12 },
              { title: 'USER', cell: ({ username }) => username, least: 8, leaveOut: 1 },
              { title: 'ROLE', cell: ({ role }) => role },
              { title: 'USED', cell: ({ last_used_at }) => times.age(last_used_at) },
              { title: 'EXPIRES', cell: ({ expires_at }) => times.full(expires_at).slice(0, 10) },
              { title: 'CREATED', cell: ({ created_at }) => times.age(created_at), leaveOut: 2 },
            ],
            output.width,
            output.style,
          ),
    ['id', 'token_prefix', 'name', 'username', 'role', 'created_at', 'expires_at', 'last_used_at'],
  );
}

async function revokeToken(_options: object, session: Session, [given]: readonly unknown[]): Promise<void> {
  const token = String(given);
  const id = /^\d{1,16}$/.test(token) ? Number(token) : await findByBeginning(session, token);
  const answer = await session.admin().send('DELETE', `${PATH}/${id}`);
  session.output.show(answer, () => `Token ${id} is revoked.`);
}

async function findByBeginning(session: Session, given: string): Promise<number> {
  const beginning = given.replace(/…$/, '').slice(0, VISIBLE_LENGTH);
  if (!/^ota_.{4}/.test(beginning)) {
    throw new CommandFailure('A token is given by its id or by its beginning, at least as ota_4f7H.');
  }
  const { body } = await allTokens(session);
  const matches = body.filter(({ token_prefix }) => token_prefix.startsWith(beginning));
  const [match, ...more] = matches;
  if (!match) {
    const hint = 'ota token list shows the tokens that are not revoked.';
    throw new CommandFailure(`No token begins with ${beginning}.`, [hint]);
  }
  if (more.length === 0) return match.id;
  throw new CommandFailure(
    `${matches.length} tokens begin with ${beginning}: revoke one by its id.`,
    matches.map(({ id, token_prefix, name, username }) => `${id}  ${token_prefix}…  ${name} of ${username}`),
  );
}

const allTokens = (session: Session): Promise<Answer<WireToken[]>> =>
  readList<WireToken>(session.admin(), PATH, {}, { all: true });
