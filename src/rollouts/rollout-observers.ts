import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { SightingObservers } from '../devices/devices.exports.js';
import type { DeviceAttempt, DeviceSighting } from '../devices/devices.service.js';
import { AttemptObservers } from '../logs/logs.exports.js';
import { changeOf } from './device-change.js';
import { groupedBy } from './grouped-by.js';
import { constantsOf } from './record/rollout-constants.js';
import { RolloutDeviceRepository, type OfferedDevice } from './record/rollout-device.repository.js';
import type { KnownRollout } from './booked-rollout.js';
import { RolloutBook } from './rollout-book.js';
import { newsOfAttempt, newsOfSighting, type News } from './rollout-news.js';
import { RolloutOutcomes } from './rollout-outcomes.js';

/** A book that the database has confirmed within so many heartbeats knows all rollouts. */
const HEARTBEATS = 1.2;

/** Finds the rollouts that reports and checks of devices are about. Most of them are about none, and cost nothing. */
@Injectable()
export class RolloutObservers {
  private readonly longestAgeSeconds: number;

  constructor(
    @Inject(APP_CONFIG) { limits }: AppConfig,
    private readonly book: RolloutBook,
    private readonly offered: RolloutDeviceRepository,
    private readonly outcomes: RolloutOutcomes,
    attempts: AttemptObservers,
    sightings: SightingObservers,
  ) {
    this.longestAgeSeconds = (HEARTBEATS * limits.heartbeatMs) / 1_000;
    attempts.add((manager, news) => this.hearOfAttempts(manager, news));
    sightings.add((manager, seen) => this.hearOfSightings(manager, seen));
  }

  private async hearOfAttempts(manager: EntityManager, news: readonly DeviceAttempt[]): Promise<void> {
    const rollouts = await this.known(manager, (known) =>
      news.some(({ firmwareId }) => firmwareId === known.rollout.firmwareId),
    );
    await this.hear(manager, rollouts, news, newestOf, (attempt, { rollout }) =>
      attempt.firmwareId === rollout.firmwareId ? newsOfAttempt(attempt) : null,
    );
  }

  private async hearOfSightings(manager: EntityManager, seen: readonly DeviceSighting[]): Promise<void> {
    const rollouts = await this.known(manager, (known) =>
      seen.some(({ deviceType }) => deviceType === known.rollout.deviceType),
    );
    await this.hear(
      manager,
      rollouts,
      seen,
      (rows) => rows,
      (sighting, { image }) => newsOfSighting(sighting, image),
    );
  }

  /** Asks the database when the book may not know of a rollout that another server has begun. */
  private async known(
    manager: EntityManager,
    concerns: (known: KnownRollout) => boolean,
  ): Promise<KnownRollout[]> {
    const isFresh = this.book.ageSeconds <= this.longestAgeSeconds;
    const all = isFresh ? this.book.all : await this.book.knownNow(manager);
    return [...all].filter(concerns);
  }

  /**
   * Only what changes something is handed on, so that nobody waits for a rollout without need. What a device has come to
   * otherwise, by the clock or by an operator, is looked at again when the rollout is locked.
   */
  private async hear<S extends { readonly deviceId: number }>(
    manager: EntityManager,
    rollouts: readonly KnownRollout[],
    said: readonly S[],
    pick: (rows: OfferedDevice[], rollouts: ReadonlyMap<number, KnownRollout>) => OfferedDevice[],
    newsOf: (said: S, known: KnownRollout) => News | null,
  ): Promise<void> {
    if (rollouts.length === 0) return;
    const byId = new Map(rollouts.map((known) => [known.rollout.id, known]));
    const ofDevice = groupedBy(said, ({ deviceId }) => deviceId);
    const rows = await this.offered.find([...byId.keys()], [...ofDevice.keys()], manager);
    const news = new Map<number, Map<number, News[]>>();
    for (const row of pick(rows, byId)) {
      const known = byId.get(row.rolloutId);
      if (!known) continue;
      const heard = (ofDevice.get(row.deviceId) ?? []).flatMap((one) => newsOf(one, known) ?? []);
      if (!changeOf(row, heard, constantsOf(known.rollout))) continue;
      const ofRollout = news.get(row.rolloutId);
      if (ofRollout) ofRollout.set(row.deviceId, heard);
      else news.set(row.rolloutId, new Map([[row.deviceId, heard]]));
    }
    await this.outcomes.hear(manager, news);
  }
}

/** An attempt belongs to the last rollout that offered the device its firmware. */
function newestOf(
  rows: readonly OfferedDevice[],
  rollouts: ReadonlyMap<number, KnownRollout>,
): OfferedDevice[] {
  const newest = new Map<string, OfferedDevice>();
  for (const row of rows) {
    const key = `${row.deviceId}:${rollouts.get(row.rolloutId)?.rollout.firmwareId}`;
    const before = newest.get(key);
    if (!before || before.rolloutId < row.rolloutId) newest.set(key, row);
  }
  return [...newest.values()];
}
