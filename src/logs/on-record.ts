import { firstCodePoints } from '../domain/storable-text.js';
import type { NewEvent } from '../events/events.exports.js';
import type { Attempt } from './plan-attempts.js';

/** Of an error message: who needs all of it reads the logs. */
const MAX_MESSAGE = 200;

/** What an event says of an attempt, by the names that the API has for it. It has its id by then. */
export function attemptEvent({ id, deviceId, firmwareId, record: { state } }: Attempt): NewEvent {
  const { status, errorMessage } = state;
  return {
    type: `attempt.${status}`,
    entity: `attempt:${id}`,
    data: {
      log_id: id,
      device_id: deviceId,
      firmware_id: firmwareId,
      status,
      error_message: errorMessage === null ? null : firstCodePoints(errorMessage, MAX_MESSAGE),
    },
  };
}
