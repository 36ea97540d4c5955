import type { Command } from 'commander';
import { UsageFailure } from '../api/failure.js';
import { GROUP_FIELDS, type WireGroup } from '../api/wire/devices.js';
import { askFirst, requireAnswerable, YES, type Confirmable } from '../confirmation.js';
import { findGroup, GROUP_ARGUMENT, GROUPS_PATH } from '../find-group.js';
import type { Io } from '../io.js';
import { emptyAsNull, examples } from '../options.js';
import { counted } from '../output/format.js';
import { renderPage } from '../output/page.js';
import type { Column } from '../output/table.js';
import type { Times } from '../output/times.js';
import { readList, type PageOptions } from '../read-list.js';
import { inSession, type Session } from '../session.js';
import { addGroupMembers } from './group-members.js';
import { addPaging } from './list.js';

interface GroupOptions {
  readonly name?: string;
  readonly description?: string;
  readonly filter?: string;
}

const DESCRIPTION = ['--description <text>', 'what the group is for'] as const;

export function addGroup(program: Command, io: Io): void {
  const group = program
    .command('group')
    .summary('manage groups of devices')
    .description(
      'Commands for groups of devices. A group has members, or a filter that finds its devices. Filters name it: group:NAME.',
    );
  addPaging(
    group
      .command('list')
      .summary('list the groups')
      .description('Lists the groups in the order of their names, with the numbers of their devices.'),
  ).action(inSession(io, list));
  group
    .command('show')
    .summary('show a group')
    .description('Shows a group.')
    .argument(...GROUP_ARGUMENT)
    .action(inSession(io, show));
  const create = group
    .command('create')
    .summary('create a group')
    .description('Creates a group with a filter, or one without members: ota group members adds them.')
    .argument('<name>', 'name of the group')
    .option('--filter <filter>', 'the group has the devices that it finds, such as "type:scales tag:munich"')
    .option(...DESCRIPTION)
    .action(inSession(io, createGroup));
  examples(create, [
    ['The devices with a tag', 'ota group create Munich --filter "type:scales tag:munich"'],
    ['Devices of a table', 'ota group create Pilots && ota group members Pilots --csv devices.csv'],
  ]);
  group
    .command('update')
    .summary('change a group')
    .description('Changes the name, the description or the filter of a group.')
    .argument(...GROUP_ARGUMENT)
    .option('--name <name>', 'the new name')
    .option('--filter <filter>', 'the new filter, of a group that was created with one')
    .option(...DESCRIPTION)
    .action(inSession(io, updateGroup));
  group
    .command('delete')
    .summary('delete a group')
    .description('Deletes a group. Its devices stay. Asks for confirmation.')
    .argument(...GROUP_ARGUMENT)
    .option(...YES)
    .action(inSession(io, deleteGroup));
  addGroupMembers(group, io);
}

async function list(page: PageOptions, session: Session): Promise<void> {
  const { output } = session;
  const answer = await readList<WireGroup>(session.admin(), GROUPS_PATH, {}, page);
  const whenEmpty = 'No groups. To create one: ota group create <name> --filter <filter>';
  output.show(
    answer,
    (groups) => renderPage(groups, answer, columns(output.times), output, whenEmpty),
    GROUP_FIELDS,
  );
}

const columns = (times: Times): readonly Column<WireGroup>[] => [
  { title: 'ID', cell: ({ id }) => id, align: 'right' },
  { title: 'NAME', cell: ({ name }) => name, least: 10 },
  { title: 'DEVICES', cell: ({ count }) => count ?? '?', align: 'right' },
  { title: 'FILTER', cell: ({ filter }) => filter ?? '(members)', least: 12 },
  { title: 'DESCRIPTION', cell: ({ description }) => description ?? '', least: 10, leaveOut: 2 },
  { title: 'CHANGED', cell: ({ updated_at }) => times.age(updated_at), leaveOut: 1 },
];

async function show(_options: object, session: Session, [name]: readonly unknown[]): Promise<void> {
  const { id } = await findGroup(session, String(name));
  const answer = await session.admin().send<WireGroup>('GET', `${GROUPS_PATH}/${id}`);
  session.output.show(answer, describe, GROUP_FIELDS);
}

async function createGroup(
  { filter, description }: GroupOptions,
  session: Session,
  [name]: readonly unknown[],
): Promise<void> {
  const json = { name, filter, description };
  const answer = await session.admin().send<WireGroup>('POST', GROUPS_PATH, { json });
  session.output.show(answer, (group) => `Created the group ${describe(group)}`, GROUP_FIELDS);
}

async function updateGroup(
  { name, filter, description }: GroupOptions,
  session: Session,
  [group]: readonly unknown[],
): Promise<void> {
  const json = { name, filter, description: emptyAsNull(description) };
  if (Object.values(json).every((value) => value === undefined)) {
    throw new UsageFailure('There is nothing to change: pass --name, --filter or --description.');
  }
  const { id } = await findGroup(session, String(group));
  const answer = await session.admin().send<WireGroup>('PATCH', `${GROUPS_PATH}/${id}`, { json });
  session.output.show(answer, (changed) => `Changed the group ${describe(changed)}`, GROUP_FIELDS);
}

async function deleteGroup(
  options: Confirmable,
  session: Session,
  [group]: readonly unknown[],
): Promise<void> {
  requireAnswerable(options, session, 'ota group delete');
  const { id, name } = await findGroup(session, String(group));
  const what = `Delete the group ${name}. Filters that name it find nothing from then on.`;
  await askFirst(options, session, () => Promise.resolve(what), 'Nothing was deleted.');
  const answer = await session.admin().send('DELETE', `${GROUPS_PATH}/${id}`);
  session.output.show(answer, () => `The group ${name} is deleted.`);
}

/** Of how many devices it is, as far as the server could count them. */
const devicesOf = (count: number | null): string =>
  count === null ? 'an unknown number of devices' : counted(count, 'device');

const describe = ({ name, filter, count, description }: WireGroup): string =>
  `${name} (${devicesOf(count)}${filter === null ? '' : `, filter ${filter}`}).` +
  (description === null ? '' : `\n${description}`);
