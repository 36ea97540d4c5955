import { rolloutConstants, whyFull, type RolloutConstants } from '../../domain/rollout/admission.js';
import type { NoRoom } from '../../domain/rollout/explained-rollout.js';
import type { Rollout } from './rollout.repository.js';

/** What a rollout keeps from its making to its end. */
export const constantsOf = (rollout: Rollout): RolloutConstants => ({
  ...rolloutConstants({ ...rollout, checkIntervalSeconds: rollout.checkInterval }),
  firstWindow: rollout.firstWindow,
});

/** Why a rollout that runs has no room for one more device; null: it has. */
export const whyNoRoom = (rollout: Rollout): NoRoom | null => {
  const { isHeld, firstWindow, atOnce: window, phaseCap } = rollout;
  return isHeld ? 'held' : whyFull(rollout, { firstWindow, window, phaseCap });
};
