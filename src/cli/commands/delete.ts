import type { Command } from 'commander';
import { askFirst, requireAnswerable, YES, type Confirmable } from '../confirmation.js';
import { firmwarePath, getFirmware } from '../find-firmware.js';
import type { Io } from '../io.js';
import { examples, givenId, takeId } from '../options.js';
import { nameOf, stateOf } from '../output/firmware.js';
import { bytes } from '../output/format.js';
import { inSession, type Session } from '../session.js';
import type { ById } from './get.js';

export function addDelete(program: Command, io: Io): void {
  const command = program
    .command('delete')
    .summary('delete a firmware that no device was ever offered')
    .description(
      'Deletes a firmware with its file, so that its version and build can be published again. The server refuses this ' +
        'for what a device was ever offered: deactivate that instead. Asks first.',
    );
  takeId(command)
    .option(...YES)
    .action(inSession(io, remove));
  examples(command, [['Delete a draft that was a mistake', 'ota delete 8']]);
}

async function remove(
  options: Partial<ById> & Confirmable,
  session: Session,
  args: readonly unknown[],
): Promise<void> {
  const id = givenId(options, args);
  requireAnswerable(options, session, 'ota delete');
  const admin = session.admin();
  const describe = async (): Promise<string> => {
    const firmware = await getFirmware(admin, id);
    const size = bytes(firmware.file_size);
    return `Delete ${nameOf(firmware)} (${stateOf(firmware)}) with its file of ${size}, for good.`;
  };
  await askFirst(options, session, describe, 'Nothing was deleted.');
  const answer = await admin.send('DELETE', firmwarePath(id), { query: { purge: 'true' } });
  session.output.show(answer, () => `Firmware ${id} and its file are deleted.`);
}
