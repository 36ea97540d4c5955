import type { Command } from 'commander';
import { UsageFailure } from '../api/failure.js';
import { FIRMWARE_FIELDS, type FirmwareDetail } from '../api/wire.js';
import {
  askFirst,
  describeAudience,
  requireAnswerable,
  wouldBeOffered,
  YES,
  type Confirmable,
} from '../confirmation.js';
import { firmwarePath, getFirmware } from '../find-firmware.js';
import type { Io } from '../io.js';
import { emptyAsNull, examples, givenId, takeId } from '../options.js';
import { renderFirmware, stateOf } from '../output/firmware.js';
import { addOverrides, overridesOf, type OverrideOptions } from '../overrides.js';
import { inSession, type Session } from '../session.js';
import { describeDeactivation } from './deactivate.js';
import type { ById } from './get.js';

interface UpdateOptions extends Partial<ById>, OverrideOptions, Confirmable {
  readonly stable?: boolean;
  readonly active?: boolean;
  readonly offerToUnparsable?: boolean;
  readonly description?: string;
  readonly releaseNotes?: string;
  readonly minVersion?: string;
}

export function addUpdate(program: Command, io: Io): void {
  const command = program
    .command('update')
    .summary('change a firmware, or release it')
    .description(
      'Changes what is given, and nothing else. An empty text clears. Asks first when devices are to be offered more, or ' +
        'when the firmware is taken out of use.',
    );
  takeId(command)
    .option('--stable', 'offer it to devices')
    .option('--no-stable', 'offer it no more')
    .option('--active', 'make an inactive one available again')
    .option('--no-active', 'neither offer nor serve it')
    .option('--offer-to-unparsable', 'offer it also to devices whose version cannot be read')
    .option('--no-offer-to-unparsable', 'offer it only to devices whose version can be compared')
    .option('--description <text>', 'one line for a list')
    .option('--release-notes <text>', 'what is new')
    .option('--min-version <version>', 'devices on an older version are not offered it')
    .option(...YES);
  addOverrides(command).action(inSession(io, update));
  examples(command, [
    ['Release a draft to the fleet', 'ota update 7 --stable'],
    ['Offer it only from 1.2.0 on', 'ota update 7 --min-version 1.2.0'],
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
    throw new UsageFailure('There is nothing to change: give at least one of the options.');
  }
  await askBeforeChange(options, session, id);
  const answer = await session.admin().send<FirmwareDetail>('PATCH', firmwarePath(id), {
    json: { ...changes, ...overridesOf(options) },
  });
  session.output.show(answer, (body) => renderFirmware(body, session.output), FIRMWARE_FIELDS);
}

/** The flags that change for the fleet what it is offered or served. */
function weightyFlag({ stable, active, offerToUnparsable }: UpdateOptions): string | null {
  if (active === false) return '--no-active';
  if (stable === true) return '--stable';
  if (active === true) return '--active';
  return offerToUnparsable === true ? '--offer-to-unparsable' : null;
}

async function askBeforeChange(options: UpdateOptions, session: Session, id: number): Promise<void> {
  const flag = weightyFlag(options);
  if (flag === null) return;
  requireAnswerable(options, session, flag);
  if (options.yes === true) return;
  if (options.active === false) {
    await askFirst(options, session, () => describeDeactivation(session, id), 'Nothing was changed.');
    return;
  }
  const admin = session.admin();
  const now = await getFirmware(admin, id);
  const then = { ...now, ...changedBy(options) };
  // An active firmware that stays as stable as it is changes nothing for devices, nor does an inactive one.
  const isOffered = then.is_active && then.is_stable;
  const reachesMore = stateOf(now) !== 'stable' || then.offer_to_unparsable !== now.offer_to_unparsable;
  if (then.is_active === now.is_active && !(isOffered && reachesMore)) return;
  for (const warning of now.image?.warnings ?? []) session.output.warn(warning);
  const describe = async (): Promise<string> => {
    const audience = await describeAudience(admin, then, (count) =>
      isOffered ? wouldBeOffered(count) : 'none would be offered it, since it is not stable',
    );
    const name = `${now.version} build ${now.build_number}`;
    const others =
      then.offer_to_unparsable === true ? ', and those besides whose version cannot be read' : '';
    return `${isOffered ? 'Release' : 'Activate'} ${name} to ${now.device_type}: ${audience}${others}.`;
  };
  await askFirst(options, session, describe, 'Nothing was changed.');
}

function changedBy({
  stable,
  active,
  offerToUnparsable,
  minVersion,
}: UpdateOptions): Partial<
  Pick<FirmwareDetail, 'is_stable' | 'is_active' | 'offer_to_unparsable' | 'min_current_version'>
> {
  return {
    ...(stable !== undefined && { is_stable: stable }),
    ...(active !== undefined && { is_active: active }),
    ...(offerToUnparsable !== undefined && { offer_to_unparsable: offerToUnparsable }),
    ...(minVersion !== undefined && { min_current_version: emptyAsNull(minVersion) ?? null }),
  };
}
