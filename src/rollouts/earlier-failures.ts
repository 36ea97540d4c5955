import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { LogsService } from '../logs/logs.exports.js';
import { RolloutDeviceRepository } from './record/rollout-device.repository.js';
import { RolloutRepository, type Rollout } from './record/rollout.repository.js';

/** A rollout, made or not: one that is not made yet has the id 0. */
export type FailureQuestion = Pick<Rollout, 'id' | 'firmwareId' | 'allowDowngrade'>;

/**
 * Devices on which a firmware has failed before a rollout brings it to them: it is not offered to them again, until an
 * operator excuses them in the rollout in which it failed. A rollout that brings devices back also looks at what failed
 * without any rollout.
 */
@Injectable()
export class EarlierFailures {
  constructor(
    private readonly rollouts: RolloutRepository,
    private readonly offered: RolloutDeviceRepository,
    private readonly logs: LogsService,
  ) {}

  /** Which of these devices. */
  async among(
    manager: EntityManager,
    { id, firmwareId, allowDowngrade }: FailureQuestion,
    deviceIds: readonly number[],
  ): Promise<ReadonlySet<number>> {
    const earlier = await this.rollouts.findEarlier(manager, firmwareId, id);
    const failed = earlier.length > 0 ? await this.offered.findFailed(manager, earlier, deviceIds) : [];
    if (!allowDowngrade) return new Set(failed);
    const rejecting = await this.logs.findRejecting(manager, firmwareId, deviceIds);
    return new Set([...failed, ...rejecting]);
  }

  /** Whether this device is one of them. */
  has(question: FailureQuestion, deviceId: number): Promise<boolean> {
    return this.rollouts.transaction(
      async (manager) => (await this.among(manager, question, [deviceId])).size > 0,
    );
  }

  /** All of them. */
  async all({ id, firmwareId, allowDowngrade }: FailureQuestion): Promise<readonly number[]> {
    return this.rollouts.transaction(async (manager) => {
      const earlier = await this.rollouts.findEarlier(manager, firmwareId, id);
      const failed = earlier.length > 0 ? await this.offered.findFailed(manager, earlier, null) : [];
      if (!allowDowngrade) return failed;
      const tried = await this.logs.findFailedWith(manager, firmwareId);
      return [...new Set([...failed, ...(await this.logs.findRejecting(manager, firmwareId, tried))])];
    });
  }
}
