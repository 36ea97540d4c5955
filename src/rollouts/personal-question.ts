import type { ReportedFacts } from '../domain/device-facts.js';
import type { RunningFirmware } from '../releases/releases.exports.js';

/** A check of a device whose type has rollouts. */
export interface PersonalQuestion extends RunningFirmware {
  readonly deviceId: number;
  readonly facts: ReportedFacts | null;
  readonly address: () => string | null;
}
