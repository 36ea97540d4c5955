import { rolloutConstants, type RolloutConstants } from '../../domain/rollout/admission.js';
import type { Rollout } from './rollout.repository.js';

/** What a rollout keeps from its making to its end. */
export const constantsOf = (rollout: Rollout): RolloutConstants => ({
  ...rolloutConstants({ ...rollout, checkIntervalSeconds: rollout.checkInterval }),
  firstWindow: rollout.firstWindow,
});
