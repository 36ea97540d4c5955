import { BoundedCache } from '../domain/bounded-cache.js';
import type { RolloutReason } from '../domain/update-decision.js';
import { isSameImage } from '../domain/same-image.js';

/** Versions and types of all fleets at one time. */
const TEXTS_SHARED = 10_000;

/** What a device said of itself at a check, and which firmware this called for. */
export interface DeviceState {
  readonly deviceId: number;
  readonly deviceType: string;
  readonly version: string;
  readonly build: number;
  /** null: none. */
  readonly offeredId: number | null;
  /** Why a rollout brings it no firmware; null: none is why. */
  readonly withheld: RolloutReason | null;
  /** The rollout that is why; null: none is alone. */
  readonly withheldBy: number | null;
  /** The digest of what it said beside its question; null: nothing. */
  readonly said: number | null;
}

/** When; `state` is null when it is no longer believed, so that the next check is written whatever it says. */
interface Entry {
  readonly at: number;
  readonly state: DeviceState | null;
}

/**
 * What the database knows of the devices that were here last, so that a check that says the same again within a while
 * need not be written. Times are readings of one clock. Bounded: those that were written longest ago are
 * forgotten first, which costs a write and nothing else.
 */
export class RecentCheckIns {
  private readonly entries = new Map<number, Entry>();
  private readonly texts = new BoundedCache<[string], string>(TEXTS_SHARED);

  constructor(
    private readonly capacity: number,
    private readonly fresh: number,
  ) {}

  /** Whether the database has this already, from not too long ago. */
  has(state: DeviceState, now: number): boolean {
    const entry = this.entries.get(state.deviceId);
    if (!entry?.state || now - entry.at > this.fresh) return false;
    const known = entry.state;
    return (
      isSameImage(known, state) &&
      known.offeredId === state.offeredId &&
      known.withheld === state.withheld &&
      known.withheldBy === state.withheldBy &&
      (state.said === null || known.said === state.said)
    );
  }

  /** Of which time something was written, or heard of; null: nothing is remembered. */
  timeOf(deviceId: number): number | null {
    return this.entries.get(deviceId)?.at ?? null;
  }

  /** The state of `at` has been written. What ended since stays in mind. */
  written(state: DeviceState, at: number): void {
    const entry = this.entries.get(state.deviceId);
    if (entry !== undefined && entry.at >= at) return;
    const { deviceId, build, offeredId, withheld, withheldBy } = state;
    // Each text once, since a fleet runs few versions.
    const deviceType = this.texts.get([state.deviceType], () => state.deviceType);
    const version = this.texts.get([state.version], () => state.version);
    const said = state.said ?? knownOf(entry?.state, state);
    const known = { deviceId, deviceType, version, build, offeredId, withheld, withheldBy, said };
    this.put(deviceId, { at, state: known });
  }

  /** An attempt of the device has ended: an offer that it gets from now on is a new one. */
  attemptEnded(deviceId: number, at: number): void {
    this.put(deviceId, { at, state: null });
  }

  /** Somebody else has written what is on record. */
  doubt(deviceId: number): void {
    const entry = this.entries.get(deviceId);
    if (entry) this.put(deviceId, { at: entry.at, state: null });
  }

  /** Costs a write for each device that checks, and nothing else. */
  clear(): void {
    this.entries.clear();
  }

  private put(deviceId: number, entry: Entry): void {
    this.entries.delete(deviceId);
    this.entries.set(deviceId, entry);
    if (this.entries.size <= this.capacity) return;
    for (const oldest of this.entries.keys()) {
      this.entries.delete(oldest);
      return;
    }
  }
}

/** What a device does not say again stays on record. */
const knownOf = (known: DeviceState | null | undefined, state: DeviceState): number | null =>
  known && isSameImage(known, state) ? known.said : null;
