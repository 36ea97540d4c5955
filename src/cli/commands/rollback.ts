import type { Command } from 'commander';
import { compareReleases, type ReleaseCandidate } from '../../domain/release-plan.js';
import { parseVersion } from '../../domain/firmware-version.js';
import { CommandFailure } from '../api/failure.js';
import type { Firmware } from '../api/wire/firmware.js';
import { ROLLOUT_FIELDS, type WireRollout, type WireRolloutDetail } from '../api/wire/rollouts.js';
import { askFirst, requireAnswerable, YES, type Confirmable } from '../confirmation.js';
import { firmwarePath, getFirmware, listAllFirmware } from '../find-firmware.js';
import type { Io } from '../io.js';
import { examples, givenId, takeId } from '../options.js';
import { describeRefusing, describeRollout } from '../output/rollouts.js';
import { readList } from '../read-list.js';
import { inSession, type Session } from '../session.js';
import { ROLLOUTS_PATH, WATCH, watchRollout } from './rollout-watch.js';

interface RollbackOptions extends Confirmable {
  readonly id?: number;
  readonly watch?: boolean;
}

const ENDED = new Set(['finished', 'aborted']);

export function addRollback(program: Command, io: Io): void {
  const command = takeId(
    program
      .command('rollback')
      .summary('bring devices back to the version before')
      .description(
        'Stops offering a firmware: aborts its rollout, and makes it not stable. Then rolls the version before out to the ' +
          'devices that run it and accept an older one; others stay as they are. Asks for confirmation.',
      ),
  )
    .option(...WATCH)
    .option(...YES)
    .action(inSession(io, rollback));
  examples(command, [['Take firmware 7 back', 'ota rollback --id 7 --watch']]);
}

async function rollback(options: RollbackOptions, session: Session, args: readonly unknown[]): Promise<void> {
  const id = givenId(options, args);
  requireAnswerable(options, session, 'ota rollback');
  const admin = session.admin();
  const bad = await getFirmware(admin, id);
  const before = releaseBefore(bad, await listAllFirmware(admin, bad.device_type));
  const { body: rollouts } = await readList<WireRollout>(
    admin,
    ROLLOUTS_PATH,
    { firmware_id: id },
    { all: true },
  );
  const open = rollouts.find(({ state }) => !ENDED.has(state));
  const name = (firmware: Firmware): string => `${firmware.version} build ${firmware.build_number}`;
  const steps = [
    ...(open ? [`rollout ${open.id} is aborted`] : []),
    ...(bad.is_stable ? [`${name(bad)} is no longer stable`] : []),
    `${name(before)} is rolled out to the devices that run ${name(bad)} and accept an older version`,
  ];
  await askFirst(options, session, () => Promise.resolve(`${steps.join('; ')}.`), 'Nothing was changed.');
  if (open) {
    await admin.send('POST', `${ROLLOUTS_PATH}/${open.id}/abort`);
    session.output.warn(`Rollout ${open.id} is aborted.`);
  }
  if (bad.is_stable) {
    await admin.send('PATCH', firmwarePath(id), { json: { is_stable: false } });
    session.output.warn(`${name(bad)} is no longer stable.`);
  }
  const made = await admin.send<WireRolloutDetail>('POST', ROLLOUTS_PATH, {
    json: {
      firmware_id: before.id,
      target: `version:${bad.version} build:${bad.build_number}`,
      allow_downgrade: true,
      note: `Back from ${name(bad)}`,
    },
  });
  const answer = await admin.send<WireRolloutDetail>('POST', `${ROLLOUTS_PATH}/${made.body.id}/start`);
  const { refusing } = answer.body.counts;
  if (refusing) session.output.warn(describeRefusing(refusing));
  if (options.watch === true) return watchRollout(session, made.body.id);
  session.output.show(answer, describeRollout, ROLLOUT_FIELDS);
}

/** The newest active firmware below another one that was released. @throws CommandFailure if there is none */
function releaseBefore(bad: Firmware, all: readonly Firmware[]): Firmware {
  const orderOf = (firmware: Firmware): Pick<ReleaseCandidate, 'version' | 'build'> | null => {
    const version = parseVersion(firmware.version);
    return version && { version, build: firmware.build_number };
  };
  const limit = orderOf(bad);
  const older = all.flatMap((firmware) => {
    const order = orderOf(firmware);
    const isOlder =
      firmware.is_active && firmware.is_stable && limit && order && compareReleases(order, limit) < 0;
    return isOlder ? [{ firmware, order }] : [];
  });
  const [newest] = older.sort((a, b) => compareReleases(b.order, a.order));
  if (newest) return newest.firmware;
  throw new CommandFailure(`There is no stable version before ${bad.version} build ${bad.build_number}.`, [
    'Only a stable firmware is gone back to: ota update <id> --stable.',
  ]);
}
