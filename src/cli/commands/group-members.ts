import { writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Command } from 'commander';
import { CommandFailure, UsageFailure } from '../api/failure.js';
import type { WireGroup } from '../api/wire/devices.js';
import { readTable, withAllLines } from '../device-table.js';
import { findGroup, GROUP_ARGUMENT, GROUPS_PATH } from '../find-group.js';
import type { Io } from '../io.js';
import { examples } from '../options.js';
import { counted } from '../output/format.js';
import { inSession, type Session } from '../session.js';

interface MembersOptions {
  readonly csv?: string;
  readonly out?: string;
}

interface Members {
  readonly device_ids: readonly number[];
}

export function addGroupMembers(group: Command, io: Io): void {
  const command = group
    .command('members')
    .summary('list or set the members of a group')
    .description(
      'Lists the ids of the devices of a group, or with --csv sets its members: exactly the devices of the table are members ' +
        'afterwards. The table has a column device_id, such as an export of the devices; a device id may be a MAC address. If ' +
        'a device is not known, the group does not change.',
    )
    .argument(...GROUP_ARGUMENT)
    .option('--csv <path>', 'table of the devices that are to be its members')
    .option('--out <path>', 'write a table of its devices; the file must not exist')
    .action(inSession(io, members));
  examples(command, [['Set the members', 'ota group members Pilots --csv devices.csv']]);
}

async function members(
  { csv, out }: MembersOptions,
  session: Session,
  [name]: readonly unknown[],
): Promise<void> {
  if (csv !== undefined && out !== undefined) throw new UsageFailure('Pass either --csv or --out.');
  const table = csv === undefined ? undefined : await readTable(csv);
  const path = `${GROUPS_PATH}/${(await findGroup(session, String(name))).id}/members`;
  if (csv !== undefined && table !== undefined) return set(session, path, csv, table);
  const answer = await session.admin().send<Members>('GET', path);
  if (out === undefined) {
    session.output.show(
      { ...answer, body: answer.body.device_ids.map((device_id) => ({ device_id })) },
      (devices) => devices.map(({ device_id }) => device_id).join('\n') || 'No devices.',
      ['device_id'],
    );
    return;
  }
  await write(out, answer.body);
  const result = { success: true, devices: answer.body.device_ids.length, file: out };
  session.output.show(
    { body: result, text: JSON.stringify(result) },
    () => `Wrote ${counted(result.devices, 'device')} to ${out}.`,
  );
}

async function set(session: Session, path: string, csv: string, table: string): Promise<void> {
  const answer = await session
    .admin()
    .send<WireGroup>('PUT', path, { body: Readable.from([table]), headers: { 'Content-Type': 'text/csv' } })
    .catch((error: unknown) => {
      throw withAllLines(error, csv, 'the group has not changed');
    });
  session.output.show(answer, ({ name, count }) => `The group ${name} has ${counted(count ?? 0, 'device')}.`);
}

const write = (path: string, { device_ids }: Members): Promise<void> =>
  writeFile(path, ['device_id', ...device_ids, ''].join('\n'), { flag: 'wx' }).catch((error: unknown) => {
    throw new CommandFailure(`The file ${path} cannot be written: ${(error as Error).message}.`);
  });
