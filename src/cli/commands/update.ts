import type { Command } from 'commander';
import { UsageFailure } from '../api/failure.js';
import { FIRMWARE_FIELDS, type FirmwareDetail } from '../api/wire/firmware.js';
import { YES } from '../confirmation.js';
import { firmwarePath } from '../find-firmware.js';
import type { Io } from '../io.js';
import { emptyAsNull, examples, givenId, takeId } from '../options.js';
import { renderFirmware } from '../output/firmware.js';
import { addOverrides, overridesOf, type OverrideOptions } from '../overrides.js';
import { inSession, type Session } from '../session.js';
import type { ById } from './get.js';
import { askBeforeChange, type OfferChange } from './update-question.js';

interface UpdateOptions extends Partial<ById>, OverrideOptions, OfferChange {
  readonly description?: string;
  readonly releaseNotes?: string;
}

export function addUpdate(program: Command, io: Io): void {
  const command = program
    .command('update')
    .summary('change a firmware, or release it')
    .description(
      'Changes only the given fields. An empty text clears a field. Asks for confirmation if this changes what devices are ' +
        'offered or served.',
    );
  takeId(command)
    .option('--stable', 'offer it to devices')
    .option('--no-stable', 'stop offering it')
    .option('--active', 'activate it again')
    .option('--no-active', 'stop offering and serving it')
    .option('--offer-to-unparsable', 'also offer it to devices whose version cannot be read')
    .option('--no-offer-to-unparsable', 'offer it only to devices whose version can be compared')
    .option('--description <text>', 'one line for lists')
    .option('--release-notes <text>', 'what is new')
    .option('--min-version <version>', 'devices on an older version are not offered it')
    .option(...YES);
  addOverrides(command).action(inSession(io, update));
  examples(command, [
    ['Release a draft to the fleet', 'ota update 7 --stable'],
    ['Offer it only to devices on 1.2.0 or newer', 'ota update 7 --min-version 1.2.0'],
    ['Clear the description', "ota update 7 --description ''"],
  ]);
}

async function update(options: UpdateOptions, session: Session, args: readonly unknown[]): Promise<void> {
  const id = givenId(options, args);
  const changes = {
    is_stable: options.stable,
    is_active: options.active,
    offer_to_unparsable: options.offerToUnparsable,
    description: emptyAsNull(options.description),
    release_notes: emptyAsNull(options.releaseNotes),
    min_current_version: emptyAsNull(options.minVersion),
  };
  if (Object.values(changes).every((value) => value === undefined)) {
    throw new UsageFailure('There is nothing to change: specify at least one of the options.');
  }
  await askBeforeChange(options, session, id);
  const answer = await session.admin().send<FirmwareDetail>('PATCH', firmwarePath(id), {
    json: { ...changes, ...overridesOf(options) },
  });
  session.output.show(answer, (body) => renderFirmware(body, session.output), FIRMWARE_FIELDS);
}
