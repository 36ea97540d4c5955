import type { Command } from 'commander';
import { wholeNumber } from '../options.js';
import { inSession, type Session } from '../session.js';
import type { ById } from './get.js';

export function addDeactivate(program: Command): void {
  program
    .command('deactivate')
    .summary('stop offering and serving a firmware')
    .description(
      'Devices are neither offered nor served it any more. The firmware, its file and the logs stay.',
    )
    .requiredOption('--id <number>', 'the id that ota list shows', wholeNumber(1))
    .action(inSession(deactivate));
}

async function deactivate({ id }: ById, session: Session): Promise<void> {
  const answer = await session.admin().send('DELETE', `/api/ota/admin/firmware/${id}`);
  session.output.show(
    answer,
    () => `Firmware ${id} is inactive. ota update --id ${id} --active takes that back.`,
  );
}
