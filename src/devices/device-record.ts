import type { DeviceAccessState } from '../domain/device-access.js';
import type { Attribute } from '../domain/device-facts.js';
import type { DeviceUpdate, SuccessCounts } from '../domain/device-update.js';
import type { DeviceEntity } from './record/device.entity.js';

/** All that is known of a device. Times are milliseconds since 1970. */
export interface DeviceRecord {
  readonly deviceId: number;
  /** null until it has checked, or was enrolled as one. */
  readonly deviceType: string | null;
  /** As it said it last; the key is empty when the version cannot be ordered. null until it has checked. */
  readonly version: { readonly text: string; readonly sortKey: string } | null;
  readonly build: number | null;
  /** The firmware that its last check called for; null when it called for none. */
  readonly offeredFirmwareId: number | null;
  readonly successes: SuccessCounts | null;
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  /** null until a check was written with its time. */
  readonly lastCheckedAt: number | null;
  readonly elfSha256: string | null;
  /** Seconds, as it says it or as its checks have shown; null: not known yet. */
  readonly checkInterval: number | null;
  /** Whether it says its interval itself. */
  readonly saysInterval: boolean;
  /** Newest first. */
  readonly recentBootIds: readonly number[];
  /** When it last came back with a boot id before its last: two devices have one id. */
  readonly bootIdsAlternatedAt: number | null;
  readonly acceptsDowngrade: boolean;
  readonly ownAttributes: ReadonlyMap<string, Attribute>;
  readonly operatorAttributes: ReadonlyMap<string, Attribute>;
  readonly name: string | null;
  readonly channel: string;
  readonly tags: readonly string[];
  readonly notes: string | null;
  readonly update: DeviceUpdate | null;
  readonly access: DeviceAccessState;
}

export function recordOf(row: DeviceEntity, access: DeviceAccessState): DeviceRecord {
  return {
    deviceId: row.id,
    deviceType: row.deviceType,
    version:
      row.currentVersion === null ? null : { text: row.currentVersion, sortKey: row.versionSortKey ?? '' },
    build: row.currentBuild,
    offeredFirmwareId: row.offeredFirmwareId,
    successes: row.updateSuccesses,
    firstSeenAt: row.firstSeenAt.getTime(),
    lastSeenAt: row.lastSeenAt.getTime(),
    lastCheckedAt: row.lastCheckedAt?.getTime() ?? null,
    elfSha256: row.elfSha256,
    checkInterval: row.checkInterval ?? row.learntInterval,
    saysInterval: row.checkInterval !== null,
    // PostgreSQL's driver leaves the numbers of an array as they are written.
    recentBootIds: (row.recentBootIds ?? []).map(Number),
    bootIdsAlternatedAt: row.bootIdsAlternatedAt?.getTime() ?? null,
    acceptsDowngrade: row.acceptsDowngrade ?? false,
    ownAttributes: new Map(Object.entries(row.ownAttributes ?? {})),
    operatorAttributes: new Map(Object.entries(row.operatorAttributes ?? {})),
    name: row.name,
    channel: row.channel,
    tags: row.tags,
    notes: row.notes,
    update: updateOf(row),
    access,
  };
}

function updateOf({
  updateFirmwareId,
  updateStatus,
  isRolledBack,
  updateChangedAt,
}: DeviceEntity): DeviceUpdate | null {
  if (updateFirmwareId === null || updateStatus === null || updateChangedAt === null) return null;
  const changedAt = updateChangedAt.getTime() * 1_000;
  return { firmwareId: updateFirmwareId, status: updateStatus, isRolledBack, changedAt };
}
