import type { Command } from 'commander';
import { askFirst, describeAudience, requireAnswerable, YES, type Confirmable } from '../confirmation.js';
import { firmwarePath, getFirmware } from '../find-firmware.js';
import type { Io } from '../io.js';
import { examples, givenId, takeId } from '../options.js';
import { nameOf, stateOf } from '../output/firmware.js';
import { inSession, type Session } from '../session.js';
import type { ById } from './get.js';

export function addDeactivate(program: Command, io: Io): void {
  const command = program
    .command('deactivate')
    .summary('stop offering and serving a firmware')
    .description(
      'Stops offering and serving a firmware, also to devices that are downloading it. The firmware, its file and the logs ' +
        'remain. Asks for confirmation.',
    );
  takeId(command)
    .option(...YES)
    .action(inSession(io, deactivate));
  examples(command, [
    ['Withdraw a bad release', 'ota deactivate 7'],
    ['Withdraw it from a pipeline', 'ota deactivate --id 7 --yes'],
  ]);
}

async function deactivate(
  options: Partial<ById> & Confirmable,
  session: Session,
  args: readonly unknown[],
): Promise<void> {
  const id = givenId(options, args);
  requireAnswerable(options, session, 'ota deactivate');
  const admin = session.admin();
  await askFirst(options, session, () => describeDeactivation(session, id), 'Nothing was changed.');
  const answer = await admin.send('DELETE', firmwarePath(id));
  session.output.show(
    answer,
    () => `Firmware ${id} is inactive. ota update ${id} --active makes it available again.`,
  );
}

/** Describes how deactivating a firmware affects the fleet. */
export async function describeDeactivation(session: Session, id: number): Promise<string> {
  const admin = session.admin();
  const firmware = await getFirmware(admin, id);
  const audience = await describeAudience(admin, firmware, (count) =>
    stateOf(firmware) === 'stable'
      ? `it is offered to ${count} of them now, and to none afterwards`
      : `it is offered to none of them, because it is ${stateOf(firmware)}`,
  );
  return `Deactivate ${nameOf(firmware)}: ${audience}.`;
}
