import type { RolloutConstants } from '../domain/rollout/admission.js';
import { applyEvent, type Deltas } from '../domain/rollout/device-events.js';
import type { OfferedDevice } from './record/rollout-device.repository.js';
import type { News } from './rollout-news.js';

/** What has become of a device. */
export interface Change {
  readonly before: OfferedDevice;
  readonly after: OfferedDevice;
  readonly deltas: Deltas;
  /** See DeviceChange. */
  readonly affectsFailures: boolean;
}

export const NO_DELTAS: Deltas = { confirmed: 0, bad: 0, released: 0, excused: 0 };

export const add = (one: Deltas, other: Deltas): Deltas => ({
  confirmed: one.confirmed + other.confirmed,
  bad: one.bad + other.bad,
  released: one.released + other.released,
  excused: one.excused + other.excused,
});

/** @returns null when the news change nothing */
export function changeOf(
  device: OfferedDevice,
  news: readonly News[],
  constants: RolloutConstants,
): Change | null {
  let after = device;
  let deltas = NO_DELTAS;
  let affectsFailures = false;
  for (const { at, errorMessage, eventsFor } of news) {
    for (const event of eventsFor(after)) {
      const change = applyEvent(after, event, constants);
      if (!change) continue;
      const isFailure = event.kind === 'failed' && change.device.state === 'failed';
      const said = isFailure ? errorMessage : after.errorMessage;
      after = { ...after, ...change.device, changedAt: at, errorMessage: said };
      deltas = add(deltas, change.deltas);
      affectsFailures ||= change.affectsFailures;
    }
  }
  return after === device ? null : { before: device, after, deltas, affectsFailures };
}

/** It was heard that the device installs. */
export const hasBegun = ({ before, after }: Change): boolean =>
  before.installingAt === null && after.installingAt !== null;
