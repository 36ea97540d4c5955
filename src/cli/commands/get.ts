import type { Command } from 'commander';
import type { FirmwareDetail } from '../api/wire.js';
import { wholeNumber } from '../options.js';
import { renderFirmware } from '../output/firmware.js';
import { inSession, type Session } from '../session.js';

export interface ById {
  readonly id: number;
}

export function addGet(program: Command): void {
  program
    .command('get')
    .summary('show one firmware')
    .description('Shows one firmware, active or not.')
    .requiredOption('--id <number>', 'the id that ota list shows', wholeNumber(1))
    .action(inSession(get));
}

async function get({ id }: ById, session: Session): Promise<void> {
  const answer = await session.admin().send<FirmwareDetail>('GET', `/api/ota/admin/firmware/${id}`);
  session.output.show(answer, (body) => renderFirmware(body, session.output.width));
}
