import type { ErrorEntry } from './error-entry.js';

/** Errors of rollouts. */
export const ROLLOUT_ERRORS = {
  ROLLOUT_OWN: {
    status: 403,
    meaning: 'The person who made a rollout cannot approve it.',
    example: 'Another person than the one who made the rollout must approve it.',
    advice: 'Ask another operator to approve it.',
  },
  ROLLOUT_NOT_FOUND: {
    status: 404,
    meaning: 'The rollout does not exist.',
    example: 'There is no rollout with the id 7.',
    advice: 'List the rollouts to see which exist.',
    command: 'ota rollout list shows the existing rollouts.',
  },
  FIRMWARE_IN_ROLLOUT: {
    status: 409,
    meaning: 'A rollout that has not ended brings this firmware to devices.',
    example: 'Rollout 3 brings firmware 7 to devices; finish or abort it first.',
    advice: 'Finish or abort the rollout first.',
    command: 'Finish or abort the rollout first: ota rollout finish, ota rollout abort.',
  },
  FIRMWARE_STABLE: {
    status: 409,
    meaning: 'The firmware is stable, so that everybody is offered it already.',
    example: 'Firmware 7 is stable: every device of its type is offered it already.',
    advice: 'Clear is_stable first, or send allow_downgrade if devices are to go back to it.',
    command: 'Use ota update --no-stable first, or pass --downgrade if devices are to go back to it.',
  },
  FIRMWARE_NOT_OFFERABLE: {
    status: 409,
    meaning: 'The firmware is inactive, its file is damaged, or its version cannot be compared.',
    example: 'Firmware 7 is inactive, so that no device is offered it.',
    advice: 'Do what the detail says, or roll out another firmware.',
  },
  ROLLOUT_WRONG_STATE: {
    status: 409,
    meaning: 'The action is not possible in the state in which the rollout is.',
    example: 'The rollout is finished, so that pause is not possible. Make a new rollout.',
    advice: 'Do one of the actions that the detail names.',
  },
  ROLLOUT_GROUP_GONE: {
    status: 409,
    meaning: 'The rollout names a group that does not exist any more, so that it finds no device.',
    example:
      'The rollout names the group "pilots", which does not exist any more, so that no device is offered its firmware. Make a group of that name, or another rollout.',
    advice: 'Make a group of that name, or abort the rollout and make another one.',
  },
  ROLLOUT_UNCHANGED: {
    status: 409,
    meaning: 'The rollout halted, and nothing has changed since.',
    example:
      'The rollout halted. Excuse devices that failed for another reason, or raise max_failure_rate; then resume it.',
    advice: 'Excuse devices that failed for another reason, or resume it with a higher max_failure_rate.',
    command:
      'Excuse devices that failed for another reason with ota rollout excuse, or resume it with a higher --max-failure-rate.',
  },
  ROLLOUT_NOTHING_TO_EXCUSE: {
    status: 409,
    meaning: 'None of the devices that are to be excused has failed or is silent in the rollout.',
    example: 'None of these devices has failed or is silent in rollout 3.',
    advice: 'List the devices of the rollout that failed or are silent.',
    command: 'List them with ota rollout devices --state failed, and --state silent.',
  },
  ROLLOUT_STILL_HALTS: {
    status: 409,
    meaning: 'The rollout would halt again at once.',
    example: 'The rollout would halt again at once. Excuse more devices, or raise max_failure_rate further.',
    advice: 'Excuse more devices, raise max_failure_rate further, or abort the rollout.',
    command: 'Excuse more devices, pass a higher --max-failure-rate, or abort the rollout.',
  },
  ROLLOUT_UNCONFIRMED: {
    status: 409,
    meaning:
      'No device has confirmed that it runs the firmware of the rollout, so that it does not come into force.',
    example:
      'No device has confirmed yet that it runs the firmware, so that it does not come into force. Wait for one, or abort the rollout.',
    advice:
      'Wait until a device has confirmed it, or abort the rollout; is_stable releases a firmware without one.',
    command:
      'Wait until a device has confirmed it, or abort the rollout; ota update --stable releases a firmware without one.',
  },
  ROLLOUT_VERSION: {
    status: 412,
    meaning: 'Somebody has changed the rollout since the version of If-Match.',
    example: 'Rollout 3 has the version 5 by now, not the one of If-Match.',
    advice: 'Read the rollout again, then decide anew.',
  },
} as const satisfies Readonly<Record<string, ErrorEntry>>;
