import type { Command } from 'commander';
import { CommandFailure, UsageFailure } from '../api/failure.js';
import { ROLES } from '../../domain/permissions.js';
import type { WireUser } from '../api/wire/people.js';
import { askFirst, requireAnswerable, YES, type Confirmable } from '../confirmation.js';
import type { Io } from '../io.js';
import { examples } from '../options.js';
import { renderTable } from '../output/table.js';
import { canAsk, askTwice, readLineOfStdin } from '../prompt.js';
import { readList } from '../read-list.js';
import { inSession, type Session } from '../session.js';

const PATH = '/api/ota/admin/users';
const ROLE = ['--role <role>', `what the user may do: ${ROLES.join(', ')}`] as const;

interface UserOptions {
  readonly role?: string;
  readonly username?: string;
  readonly password?: boolean;
  readonly active?: boolean;
}

export function addUser(program: Command, io: Io): void {
  const user = program
    .command('user')
    .summary('manage users')
    .description('Commands for the users of the server. They take the role admin.');
  user
    .command('list')
    .summary('list users')
    .description('Lists users, in the order of their names.')
    .action(inSession(io, list));
  const create = user
    .command('create')
    .summary('create a user')
    .description(
      'Creates a user. Prompts for the password twice without showing it, or reads it from stdin. A viewer reads; an ' +
        'operator also publishes; an admin also manages users and tokens.',
    )
    .argument('<name>', 'name of the user')
    .option(...ROLE, 'viewer')
    .action(inSession(io, createUser));
  examples(create, [['Create a user who publishes', 'ota user create anna --role operator']]);
  const update = user
    .command('update')
    .summary('change a user')
    .description(
      'Changes the name, role or password of a user, or disables the user. Effective within a second.',
    )
    .argument('<name>', 'name of the user')
    .option(...ROLE)
    .option('--username <name>', 'the new name')
    .option('--password', 'set a new password: prompts for it, or reads it from stdin')
    .option('--active', 'let the user log in again')
    .option('--no-active', 'disable the user: sessions end, tokens are refused')
    .action(inSession(io, updateUser));
  examples(update, [['Disable a user at once', 'ota user update anna --no-active']]);
  user
    .command('delete')
    .summary('delete a user')
    .description('Deletes a user, with the tokens and sessions of the user. Asks for confirmation.')
    .argument('<name>', 'name of the user')
    .option(...YES)
    .action(inSession(io, deleteUser));
}

async function list(_options: object, session: Session): Promise<void> {
  const { output } = session;
  const answer = await readList<WireUser>(session.admin(), PATH, {}, { all: true });
  output.show(
    answer,
    (rows) =>
      renderTable(
        rows,
        [
          { title: 'ID', cell: ({ id }) => id, align: 'right' },
          { title: 'NAME', cell: ({ username }) => username, least: 12 },
          { title: 'ROLE', cell: ({ role }) => role },
          { title: 'STATE', cell: ({ is_active }) => (is_active ? 'active' : 'disabled') },
          { title: 'CREATED', cell: ({ created_at }) => output.times.age(created_at), leaveOut: 1 },
        ],
        output.width,
        output.style,
      ),
    ['id', 'username', 'role', 'is_active', 'created_at', 'updated_at'],
  );
}

async function createUser(
  { role }: UserOptions,
  session: Session,
  [username]: readonly unknown[],
): Promise<void> {
  const password = await newPassword(session.io);
  const json = { username, role, password };
  const answer = await session.admin().send<WireUser>('POST', PATH, { json });
  session.output.show(answer, (user) => `Created the user ${user.username} with the role ${user.role}.`);
}

async function updateUser(
  { role, username, password, active }: UserOptions,
  session: Session,
  [name]: readonly unknown[],
): Promise<void> {
  if (role === undefined && username === undefined && active === undefined && password !== true) {
    throw new UsageFailure(
      'There is nothing to change: pass --role, --username, --password, --active or --no-active.',
    );
  }
  const { id } = await findUser(session, String(name));
  const json = {
    role,
    username,
    is_active: active,
    ...(password === true && { password: await newPassword(session.io) }),
  };
  const answer = await session.admin().send<WireUser>('PATCH', `${PATH}/${id}`, { json });
  session.output.show(answer, (user) => {
    const state = user.is_active ? user.role : 'disabled';
    return `Changed the user ${user.username} (${state}).`;
  });
}

async function deleteUser(options: Confirmable, session: Session, [name]: readonly unknown[]): Promise<void> {
  requireAnswerable(options, session, 'ota user delete');
  const { id, username } = await findUser(session, String(name));
  const what = `Delete the user ${username}, with all tokens and sessions.`;
  await askFirst(options, session, () => Promise.resolve(what), 'Nothing was deleted.');
  const answer = await session.admin().send('DELETE', `${PATH}/${id}`);
  session.output.show(answer, () => `The user ${username} is deleted.`);
}

async function findUser(session: Session, name: string): Promise<WireUser> {
  const { body } = await readList<WireUser>(session.admin(), PATH, {}, { all: true });
  const found = body.find(({ username }) => username === name);
  if (found) return found;
  throw new CommandFailure(`There is no user "${name}".`, ['ota user list shows the users.']);
}

const newPassword = (io: Io): Promise<string> => (canAsk(io) ? askTwice(io) : readLineOfStdin(io));
