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
  ROLLOUT_WRONG_STATE: {
    status: 409,
    meaning: 'The action is not possible in the state in which the rollout is.',
    example: 'The rollout is finished, so that pause is not possible. Make a new rollout.',
    advice: 'Do one of the actions that the detail names.',
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
  ROLLOUT_STILL_HALTS: {
    status: 409,
    meaning: 'The rollout would halt again at once.',
    example: 'The rollout would halt again at once. Excuse more devices, or raise max_failure_rate further.',
    advice: 'Excuse more devices, raise max_failure_rate further, or abort the rollout.',
    command: 'Excuse more devices, pass a higher --max-failure-rate, or abort the rollout.',
  },
} as const satisfies Readonly<Record<string, ErrorEntry>>;
