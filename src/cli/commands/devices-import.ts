import type { Command } from 'commander';
import { readTable, withAllLines } from '../device-table.js';
import type { Io } from '../io.js';
import { examples } from '../options.js';
import { counted } from '../output/format.js';
import { inSession, type Session } from '../session.js';

export function addDevicesImport(group: Command, io: Io): void {
  const command = group
    .command('import')
    .summary('change many devices from a table')
    .description(
      'Changes the devices of a CSV table with a header and at most 10,000 lines. The column id (or device_id) is a number ' +
        'or a MAC address; the columns name, tags, channel, notes and attr.<key> are set as they stand in the table, and an ' +
        'empty cell clears; of the column attributes of an export, what differs is set. Tags are separated by spaces. Other ' +
        'columns of the export, such as status, are ignored. If a line ' +
        'is faulty, no device is changed.',
    )
    .argument('<file>', 'the table')
    .action(inSession(io, importTable));
  examples(command, [['Name the devices of a site', 'ota devices import munich.csv']]);
}

async function importTable(_options: object, session: Session, [path]: readonly unknown[]): Promise<void> {
  const file = path as string;
  const csv = await readTable(file);
  const answer = await session
    .admin()
    .send<{ changed: number }>('POST', '/api/ota/admin/devices/import', { json: { csv } })
    .catch((error: unknown) => {
      throw withAllLines(error, file, 'no device was changed');
    });
  session.output.show(answer, ({ changed }) => `Changed ${counted(changed, 'device')}.`);
}
