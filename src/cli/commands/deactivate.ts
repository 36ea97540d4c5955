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
      'Devices are neither offered nor served it any more, those that download it just now included. The firmware, its ' +
        'file and the logs stay. Asks first.',
    );
  takeId(command)
    .option(...YES)
    .action(inSession(io, deactivate));
  examples(command, [
    ['Withdraw a bad release', 'ota deactivate 7'],
    ['The same in a pipeline', 'ota deactivate --id 7 --yes'],
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

/** What it does to the fleet to take a firmware out of use. */
export async function describeDeactivation(session: Session, id: number): Promise<string> {
  const admin = session.admin();
  const firmware = await getFirmware(admin, id);
  const audience = await describeAudience(admin, firmware, (count) =>
    stateOf(firmware) === 'stable'
      ? `it is offered to ${count} of them now, and then to none`
      : `it is offered to none of them, since it is ${stateOf(firmware)}`,
  );
  return `Deactivate ${nameOf(firmware)}: ${audience}.`;
}
