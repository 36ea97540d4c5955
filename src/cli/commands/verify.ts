import type { Command } from 'commander';
import { firmwarePath } from '../find-firmware.js';
import type { Io } from '../io.js';
import { givenId, takeId } from '../options.js';
import { inSession, type Session } from '../session.js';
import type { ById } from './get.js';

export function addVerify(program: Command, io: Io): void {
  const command = program
    .command('verify')
    .summary('compare the stored file of a firmware with its hash')
    .description('Asks the server to compare the stored file of a firmware with the registered hash.');
  takeId(command).action(inSession(io, verify));
}

async function verify(options: Partial<ById>, session: Session, args: readonly unknown[]): Promise<void> {
  const id = givenId(options, args);
  const answer = await session.admin().send('POST', `${firmwarePath(id)}/verify`);
  session.output.show(answer, () => `The file of firmware ${id} matches its hash.`);
}
