import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { GroupCommit } from '../database/group-commit.js';
import type { Outcome } from '../database/settle-batch.js';
import { batchLimits } from '../database/transaction.js';
import { DevicesService, type DeviceLabels } from '../devices/devices.service.js';
import { heldAttributes, type Attribute } from '../domain/device-facts.js';
import type { Instant } from '../domain/instant.js';
import type { NoRoom } from '../domain/rollout/explained-rollout.js';
import { blockOf, groupsOf, MAX_GROUPS, WHOLE, type Part, type PartKey } from '../domain/rollout/parts.js';
import { siteOf, siteTagOf } from '../domain/rollout/sites.js';
import { storableText } from '../domain/storable-text.js';
import { EarlierFailures } from './earlier-failures.js';
import { RolloutDeviceRepository, type OfferedDevice } from './record/rollout-device.repository.js';
import { RolloutPartRepository } from './record/rollout-part.repository.js';
import { whyNoRoom } from './record/rollout-constants.js';
import { RolloutRepository, type Rollout } from './record/rollout.repository.js';

/** A device that a rollout is to admit. */
export interface Applicant {
  readonly rolloutId: number;
  readonly deviceId: number;
  readonly at: Instant;
  readonly version: string;
  readonly build: number;
  /** What it says of itself; undefined: nothing. */
  readonly ownAttributes: ReadonlyMap<string, Attribute> | undefined;
  readonly address: string | null;
  readonly bootId: number | null;
}

export type Admission =
  /** Committed: the device may be told. */
  | { readonly kind: 'admitted'; readonly offer: OfferedDevice }
  /** It was offered the firmware before. */
  | { readonly kind: 'known'; readonly offer: OfferedDevice }
  /** The firmware has failed on the device before the rollout came. */
  | { readonly kind: 'rejecting' }
  /** No more devices may be offered it at present, or the rollout does not run any more. */
  | { readonly kind: 'full'; readonly why: NoRoom | null };

const GONE: Admission = { kind: 'full', why: null };
const REJECTING: Admission = { kind: 'rejecting' };
const NO_LABELS: DeviceLabels = { tags: [], attributes: {} };
const MAX_BATCH = 200;
const LOCKED_RETRY_MS = 100;
/** A device whose admission takes longer is told to wait, and asks again later. */
const DEADLINE_MS = 3_000;

/** Admits devices to rollouts: what is answered is committed. Many that ask together share a transaction. */
@Injectable()
export class RolloutAdmissions {
  private readonly queue: GroupCommit<Applicant, Admission>;

  constructor(
    @Inject(APP_CONFIG) { limits }: AppConfig,
    private readonly rollouts: RolloutRepository,
    private readonly parts: RolloutPartRepository,
    private readonly offered: RolloutDeviceRepository,
    private readonly devices: DevicesService,
    private readonly failures: EarlierFailures,
  ) {
    this.queue = new GroupCommit({
      maxBatch: MAX_BATCH,
      inFlight: 1,
      capacity: limits.reportCapacity,
      deadlineMs: DEADLINE_MS,
      lockedRetryMs: LOCKED_RETRY_MS,
      keyOf: ({ deviceId }) => deviceId,
      commit: (batch, isCareful) => this.commit(batch, isCareful),
    });
  }

  /** @throws DomainError OVERLOADED, DeadlinePassed, or the database's trouble: the device may have been admitted */
  admit(applicant: Applicant): Promise<Admission> {
    return this.queue.add(applicant);
  }

  private async commit(batch: readonly Applicant[], isCareful: boolean): Promise<Outcome<Admission>[]> {
    const results = await this.rollouts.transaction(
      (manager) => this.admitAll(manager, batch),
      batchLimits(isCareful),
    );
    return batch.map((applicant) => ({ kind: 'done', result: results.get(applicant) ?? GONE }));
  }

  private async admitAll(
    manager: EntityManager,
    batch: readonly Applicant[],
  ): Promise<ReadonlyMap<Applicant, Admission>> {
    const ids = [...new Set(batch.map(({ rolloutId }) => rolloutId))];
    const rollouts = await this.rollouts.lock(manager, ids);
    const deviceIds = batch.map(({ deviceId }) => deviceId);
    const known = new Map(
      (await this.offered.find(ids, deviceIds, manager)).map((offer) => [keyOf(offer), offer]),
    );
    const labels = await this.devices.findLabels(manager, deviceIds);
    const results = new Map<Applicant, Admission>();
    for (const rollout of rollouts) {
      const admitted: OfferedDevice[] = [];
      const rejecting = await this.failures.among(manager, rollout, deviceIds);
      let full: Admission | null = null;
      for (const applicant of batch.filter(({ rolloutId }) => rolloutId === rollout.id)) {
        const offer = known.get(keyOf(applicant));
        if (offer) results.set(applicant, { kind: 'known', offer });
        const isRejecting = rejecting.has(applicant.deviceId);
        if (!offer && isRejecting) results.set(applicant, REJECTING);
        if (offer || isRejecting) continue;
        const seq = full ? null : await this.rollouts.admit(manager, rollout.id);
        if (seq === null) {
          full ??= { kind: 'full', why: await this.whyFull(manager, rollout.id) };
          results.set(applicant, full);
          continue;
        }
        const device = offerTo(rollout, applicant, seq, labels.get(applicant.deviceId) ?? NO_LABELS);
        results.set(applicant, { kind: 'admitted', offer: device });
        known.set(keyOf(applicant), device);
        admitted.push(device);
      }
      if (admitted.length > 0) await this.write(manager, rollout.id, admitted);
    }
    return results;
  }

  private async whyFull(manager: EntityManager, rolloutId: number): Promise<NoRoom | null> {
    const rollout = await this.rollouts.findById(rolloutId, manager);
    return rollout && whyNoRoom(rollout);
  }

  private async write(
    manager: EntityManager,
    rolloutId: number,
    admitted: readonly OfferedDevice[],
  ): Promise<void> {
    await this.offered.insert(manager, admitted);
    const before = await this.parts.findAll(rolloutId, manager);
    await this.parts.add(manager, rolloutId, partsOf(admitted, before));
    await this.rollouts.tell(manager, rolloutId);
  }
}

const keyOf = ({ rolloutId, deviceId }: Pick<Applicant, 'rolloutId' | 'deviceId'>): string =>
  `${rolloutId}:${deviceId}`;

function offerTo(
  rollout: Rollout,
  { deviceId, at, version, build, ownAttributes, address, bootId }: Applicant,
  seq: number,
  { tags, attributes }: DeviceLabels,
): OfferedDevice {
  const held = heldAttributes(ownAttributes, attributes);
  const textOf = (key: string): string | null => {
    const value = held.get(key);
    return value === undefined ? null : String(value);
  };
  return {
    rolloutId: rollout.id,
    deviceId,
    seq,
    state: 'pending',
    groups: groupsOf({
      hwRevision: textOf('hw_revision'),
      chip: textOf('chip'),
      chipRevision: textOf('chip_revision'),
      previousVersion: version,
    }),
    site: siteOf(siteTagOf(tags), address, new Set(rollout.sharedAddresses)),
    previousVersion: storableText(version),
    previousBuild: build,
    bootIds: bootId === null ? [] : [bootId],
    attempts: 0,
    isUnreported: false,
    offeredAt: at,
    installingAt: null,
    changedAt: at,
    errorMessage: null,
    excuse: null,
  };
}

/** By how much the parts of a rollout grow, and those that begin with these devices. */
function partsOf(
  admitted: readonly Pick<OfferedDevice, 'seq' | 'groups'>[],
  before: readonly Part[],
): Pick<Part, 'dimension' | 'value' | 'rank' | 'n'>[] {
  const ranks = new Map(
    before.filter(isGroup).map(({ dimension, value, rank }) => [`${dimension} ${value}`, rank]),
  );
  const grown = new Map<string, { dimension: Part['dimension']; value: string; rank: number; n: number }>();
  const grow = (key: PartKey, rank: number): void => {
    const name = `${key.dimension} ${key.value}`;
    const part = grown.get(name);
    if (part) part.n += 1;
    else grown.set(name, { ...key, rank, n: 1 });
  };
  for (const { seq, groups } of admitted) {
    grow(WHOLE, 1);
    grow({ dimension: 'block', value: String(blockOf(seq)) }, blockOf(seq));
    for (const group of groups) {
      const name = `${group.dimension} ${group.value}`;
      const rank = ranks.get(name) ?? (ranks.size < MAX_GROUPS ? ranks.size + 1 : null);
      if (rank === null) continue;
      ranks.set(name, rank);
      grow(group, rank);
    }
  }
  return [...grown.values()];
}

const isGroup = ({ dimension }: PartKey): boolean => dimension !== 'all' && dimension !== 'block';
