import type { Command } from 'commander';
import { wholeNumber } from '../options.js';
import { inSession, type Session } from '../session.js';
import type { ById } from './get.js';

export function addVerify(program: Command): void {
  program
    .command('verify')
    .summary('compare the stored file of a firmware with its hash')
    .description('Lets the server compare the stored file of a firmware with what was registered.')
    .requiredOption('--id <number>', 'the id that ota list shows', wholeNumber(1))
    .action(inSession(verify));
}

async function verify({ id }: ById, session: Session): Promise<void> {
  const answer = await session.admin().send('POST', `/api/ota/admin/firmware/${id}/verify`);
  session.output.show(answer, () => `The file of firmware ${id} is as it was registered.`);
}
