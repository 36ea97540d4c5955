import type { AskedFacts } from '../domain/filter/asked-facts.js';
import type { ResolvedFilter } from '../domain/filter/filter.js';
import type { NoRoom } from '../domain/rollout/explained-rollout.js';
import type { RolloutRule } from '../domain/rollout/standing.js';
import type { Image } from '../releases/releases.exports.js';
import type { Rollout } from './record/rollout.repository.js';

/** A rollout, and the firmware that it brings. */
export interface KnownRollout {
  readonly rollout: Rollout;
  readonly image: Image;
}

/** A rollout, as checks ask it. */
export interface BookedRollout extends KnownRollout {
  readonly rule: RolloutRule;
  readonly target: ResolvedFilter;
  /** What it asks of operators about a device beside its filters. */
  readonly asks: AskedFacts;
  /** What the filters of phases select, by their texts. */
  readonly phaseTargets: ReadonlyMap<string, ResolvedFilter>;
  /** Why no more devices may be offered the firmware, as far as this process knows; null: some may be. */
  full: NoRoom | null;
}

/** In which devices are told something of a rollout. */
const TOLD = new Set(['scheduled', 'running', 'paused', 'halted']);

/** Whether it says what devices are offered. The firmware of one that finished for everybody is stable. */
export const isPlanned = ({ rollout: { state, target } }: KnownRollout): boolean =>
  TOLD.has(state) || (state === 'finished' && target !== null);
