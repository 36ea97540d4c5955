import type { Command } from 'commander';
import { CommandFailure } from '../api/failure.js';
import { Refusal, type Problem } from '../api/problem.js';
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
    .summary('delete a firmware that was never offered to a device')
    .description(
      'Deletes a firmware and its file, so that its version and build can be published again. The server refuses to ' +
        'delete a firmware that was ever offered to a device: deactivate it instead. Asks for confirmation.',
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
    return `Delete ${nameOf(firmware)} (${stateOf(firmware)}) with its file of ${size} permanently.`;
  };
  await askFirst(options, session, describe, 'Nothing was deleted.');
  const answer = await admin
    .send('DELETE', firmwarePath(id), { query: { purge: 'true' } })
    .catch((error: unknown) => {
      throw error instanceof Refusal && error.problem.code === 'FIRMWARE_IN_USE'
        ? inUse(id, error.problem)
        : error;
    });
  session.output.show(answer, () => `Firmware ${id} and its file are deleted.`);
}

/** Rewords the server's error in terms of the command line. A released firmware can be deleted later if it was never offered. */
function inUse(id: number, { status, code, detail }: Problem): CommandFailure {
  const [, seconds] = /(\d+) seconds later/.exec(detail) ?? [];
  const what =
    seconds === undefined ? 'was offered to devices' : 'was released and may have been offered to devices';
  return new CommandFailure(`Firmware ${id} ${what}, so it cannot be deleted. (${status} ${code})`, [
    `Deactivate it instead: ota deactivate ${id}`,
    ...(seconds === undefined
      ? []
      : [`If no device was offered it, you can delete it ${seconds} seconds later.`]),
  ]);
}
