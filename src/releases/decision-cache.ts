import { BoundedCache } from '../domain/bounded-cache.js';
import { parseVersion } from '../domain/firmware-version.js';
import { sharedPlan, type ReleaseCandidate, type SharedPlan } from '../domain/release-plan.js';
import { decideUpdate, type PassedOver, type UpdateDecision } from '../domain/update-decision.js';

/** What a device runs, as it says it. */
export interface RunningFirmware {
  readonly deviceType: string;
  readonly version: string;
  readonly build: number;
}

/** Of a device type that nothing was published for. */
const NOTHING = sharedPlan<never>([]);
/** Types, versions and builds of all fleets at one time, and some that nobody should run. */
const DECISIONS_REMEMBERED = 10_000;

/** Decides once for all devices of one type that run the same: a fleet runs few versions at one time. */
export class DecisionCache<R extends ReleaseCandidate> {
  private readonly decisions: BoundedCache<[string, string, number], UpdateDecision<R>>;

  constructor(
    private readonly plans: ReadonlyMap<string, SharedPlan<R>>,
    capacity = DECISIONS_REMEMBERED,
  ) {
    this.decisions = new BoundedCache(capacity);
  }

  planOf(deviceType: string): SharedPlan<R> {
    return this.plans.get(deviceType) ?? NOTHING;
  }

  decide(running: RunningFirmware): UpdateDecision<R> {
    const { deviceType, version, build } = running;
    return this.decisions.get([deviceType, version, build], () => this.explain(running));
  }

  /** Decides anew. */
  explain({ deviceType, version, build }: RunningFirmware, onPassedOver?: PassedOver<R>): UpdateDecision<R> {
    return decideUpdate({ version: parseVersion(version), build }, this.planOf(deviceType), onPassedOver);
  }
}
