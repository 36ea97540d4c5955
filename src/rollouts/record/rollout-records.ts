import type { RolloutSettings } from '../../domain/rollout/admission.js';
import type { Instant } from '../../domain/instant.js';
import type { Halt } from '../../domain/rollout/parts.js';
import type { Phase } from '../../domain/rollout/phases.js';
import type { TimeWindow } from '../../domain/rollout/windows.js';

export type Ramp = RolloutSettings['ramp'];

/** As it is kept. */
export type PhaseRecord = Phase;
/** As it is kept. */
export type WindowRecord = TimeWindow;

/** A halt, and when it was. */
export interface HaltRecord extends Halt {
  readonly at: Instant;
}
