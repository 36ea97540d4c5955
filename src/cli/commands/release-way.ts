import type { Command } from 'commander';
import { Option } from 'commander';
import type { FirmwareDetail } from '../api/wire/firmware.js';
import type { WireRolloutDetail } from '../api/wire/rollouts.js';
import { askFirst, describeAudience, readAudience, wouldBeOffered, type Candidate } from '../confirmation.js';
import { counted } from '../output/format.js';
import { confirm } from '../prompt.js';
import type { Session } from '../session.js';
import { askBeforeRelease, type RegistrationOptions } from './register.js';
import { ROLLOUTS_PATH } from './rollout-watch.js';

export interface ReleaseWayOptions extends RegistrationOptions {
  readonly rollout?: boolean;
  readonly everyone?: boolean;
}

/** How devices come to a firmware: not yet, all at once, or step by step. */
export type ReleaseWay = 'draft' | 'everyone' | 'rollout';

/** A release to more devices is worth a rollout. */
const MANY = 100;

export const addReleaseWays = (command: Command): Command =>
  command
    .addOption(
      new Option('--rollout', 'bring it to a few devices first, and stop when too many fail').conflicts(
        'everyone',
      ),
    )
    .option('--everyone', `with --stable: do not propose a rollout to more than ${MANY} devices`);

/**
 * Asks a person for confirmation, and proposes a rollout where one release would reach many devices. A pipeline that
 * passes --yes releases to all of them as ever, and is told.
 * @throws CommandFailure when the answer is no
 */
export async function chooseReleaseWay(
  options: ReleaseWayOptions,
  session: Session,
  candidate: Candidate,
): Promise<ReleaseWay> {
  if (options.rollout === true) {
    await askFirst(options, session, () => describeRollout(session, candidate), 'Nothing was published.');
    return 'rollout';
  }
  if (options.stable !== true) return 'draft';
  if (options.everyone !== true && (await isRolloutWanted(options, session, candidate))) return 'rollout';
  await askBeforeRelease(options, session, candidate);
  return 'everyone';
}

async function isRolloutWanted(
  { yes }: ReleaseWayOptions,
  session: Session,
  candidate: Candidate,
): Promise<boolean> {
  const audience = await readAudience(session.admin(), candidate);
  if (audience === null || audience.devices <= MANY) return false;
  const devices = counted(audience.devices, 'device');
  if (yes === true) {
    session.output.warn(
      `${candidate.device_type} has ${devices}, all of which may have it at once. With --rollout it comes to a few first; ` +
        '--everyone says that all are meant.',
    );
    return false;
  }
  session.output.note(
    `${candidate.device_type} has ${devices}. A rollout brings it to a few first, and stops by itself when too many fail.`,
  );
  return confirm('Release it in a rollout?', session.io);
}

async function describeRollout(session: Session, candidate: Candidate): Promise<string> {
  const { version, build_number, device_type } = candidate;
  const audience = await describeAudience(session.admin(), candidate, wouldBeOffered);
  return `Roll ${version} build ${build_number} out to ${device_type}, a few devices first: ${audience}.`;
}

/** Makes a rollout to all devices of the type, and starts it. */
export async function rollOut(session: Session, { id: firmware_id }: FirmwareDetail): Promise<void> {
  const admin = session.admin();
  const { body } = await admin.send<WireRolloutDetail>('POST', ROLLOUTS_PATH, { json: { firmware_id } });
  await admin.send('POST', `${ROLLOUTS_PATH}/${body.id}/start`);
  session.output.note(`Rollout ${body.id} is running. To watch it: ota rollout show ${body.id} --watch`);
}
