import type { DeviceIdentity } from '../../domain/device-access.js';
import type { Attribute } from '../../domain/device-facts.js';
import type { DeviceStatus } from '../../domain/device-status.js';
import type { NoUpdateReason } from '../../domain/update-decision.js';

/** A device as people see it. */
export interface FleetDevice {
  readonly deviceId: number;
  readonly name: string | null;
  /** null, with the version and the build: it has not checked yet. */
  readonly deviceType: string | null;
  readonly version: string | null;
  readonly build: number | null;
  readonly channel: string;
  readonly tags: readonly string[];
  /** The operator's before its own. */
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly notes: string | null;
  readonly status: DeviceStatus;
  /** null: nothing newer is for it. */
  readonly desiredVersion: string | null;
  /** Why a check would be answered without an offer; null: it would be offered something, or nobody knows yet. */
  readonly reason: NoUpdateReason | null;
  readonly identity: DeviceIdentity;
  /** Seconds, as it says or as its checks have shown. */
  readonly checkInterval: number | null;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
}

/** How many devices of one type run the same and are the same. */
export interface FleetCell {
  readonly deviceType: string | null;
  readonly version: string | null;
  readonly build: number | null;
  readonly status: DeviceStatus;
  readonly devices: number;
}

/** Devices by the day (UTC) of what happened to them last. */
export interface FleetDay {
  /** `2026-01-31`. */
  readonly day: string;
  /** Their last update succeeded on that day. */
  readonly updated: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
}
