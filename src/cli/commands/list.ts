import type { Command } from 'commander';
import type { Firmware } from '../api/wire.js';
import { wholeNumber } from '../options.js';
import { FIRMWARE_COLUMNS } from '../output/firmware.js';
import { renderPage } from '../output/page.js';
import { inSession, type Session } from '../session.js';

interface ListOptions {
  readonly deviceType?: string;
  readonly skip?: number;
  readonly limit?: number;
}

export function addList(program: Command): void {
  program
    .command('list')
    .summary('list firmware, the newest version first')
    .description('Lists firmware, the newest version first within a device type.')
    .option('--device-type <type>', 'only of this device type')
    .option('--skip <number>', 'leave out so many at the beginning', wholeNumber(0))
    .option('--limit <number>', 'list so many at most; the server takes 100', wholeNumber(1, 1000))
    .action(inSession(list));
}

async function list({ deviceType, skip, limit }: ListOptions, session: Session): Promise<void> {
  const query = { device_type: deviceType, skip, limit };
  const answer = await session.admin().send<Firmware[]>('GET', '/api/ota/admin/firmware', { query });
  session.output.show(answer, (rows) =>
    renderPage(rows, answer.total, FIRMWARE_COLUMNS, session.output.width, 'No firmware.'),
  );
}
