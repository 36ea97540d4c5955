import type { Command } from 'commander';
import { FIRMWARE_FIELDS, type Firmware } from '../api/wire/firmware.js';
import type { Io } from '../io.js';
import { examples, wholeNumber } from '../options.js';
import { firmwareColumns } from '../output/firmware.js';
import { renderPage } from '../output/page.js';
import { readList, type PageOptions } from '../read-list.js';
import { inSession, type Session } from '../session.js';

interface ListOptions extends PageOptions {
  readonly deviceType?: string;
}

export function addList(program: Command, io: Io): void {
  const command = program
    .command('list')
    .summary('list firmware, the newest version first')
    .description('Lists firmware, the newest version first within a device type.')
    .option('--device-type <type>', 'only firmware for this device type');
  addPaging(command).action(inSession(io, list));
  examples(command, [
    ['List the firmware for one device type', 'ota list --device-type scales_bridge'],
    [
      'Print the ids of all releases, for a script',
      "ota list --all --json | jq '.[] | select(.is_stable) | .id'",
    ],
  ]);
}

export const addPaging = (command: Command): Command =>
  command
    .option('--skip <number>', 'skip the first N rows', wholeNumber(0))
    .option('--limit <number>', 'maximum rows, 1 to 1000 (default: 100)', wholeNumber(1, 1000))
    .option('--all', 'list all rows');

async function list({ deviceType, ...page }: ListOptions, session: Session): Promise<void> {
  const { output } = session;
  const filter = { device_type: deviceType };
  const answer = await readList<Firmware>(session.admin(), '/api/ota/admin/firmware', filter, page);
  const whenEmpty =
    deviceType === undefined
      ? 'No firmware. To publish one: ota release build/<project>.bin'
      : `No firmware for ${deviceType}. ota list shows the firmware for other device types.`;
  output.show(
    answer,
    (rows) => renderPage(rows, answer, firmwareColumns(output.times), output, whenEmpty),
    FIRMWARE_FIELDS,
  );
}
