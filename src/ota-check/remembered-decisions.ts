import { parseVersion } from '../domain/firmware-version.js';
import { decideUpdate, type UpdateDecision } from '../domain/update-decision.js';
import type { Release } from '../firmware/firmware.exports.js';

/** By what devices of one type run: their version, then their build. */
interface OfType {
  readonly releases: readonly Release[];
  readonly decisions: Map<string, Map<number, UpdateDecision<Release>>>;
}

/**
 * Decides once for all devices of one type that run the same: a fleet runs few versions at one time. Bounded; when it is
 * full it begins anew, which costs less than order.
 */
export class RememberedDecisions {
  private readonly byType = new Map<string, OfType>();
  private size = 0;

  constructor(private readonly capacity: number) {}

  /** @param releases of this type, newest first; with another list all is decided anew */
  decide(
    { deviceType, version, build }: { deviceType: string; version: string; build: number },
    releases: readonly Release[],
  ): UpdateDecision<Release> {
    const ofType = this.byType.get(deviceType);
    const known = ofType?.releases === releases ? ofType.decisions.get(version)?.get(build) : undefined;
    if (known) return known;
    const decision = decideUpdate({ version: parseVersion(version), build }, releases);
    this.remember(deviceType, version, build, releases, decision);
    return decision;
  }

  private remember(
    deviceType: string,
    version: string,
    build: number,
    releases: readonly Release[],
    decision: UpdateDecision<Release>,
  ): void {
    if (this.size >= this.capacity) {
      this.byType.clear();
      this.size = 0;
    }
    let ofType = this.byType.get(deviceType);
    if (ofType?.releases !== releases) {
      ofType = { releases, decisions: new Map() };
      this.byType.set(deviceType, ofType);
    }
    const ofVersion = ofType.decisions.get(version);
    if (ofVersion) ofVersion.set(build, decision);
    else ofType.decisions.set(version, new Map([[build, decision]]));
    this.size += 1;
  }
}
