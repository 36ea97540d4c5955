import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DatabaseClock } from '../database/database-clock.js';
import { DevicesService } from '../devices/devices.service.js';
import { windowOf } from '../domain/rollout/admission.js';
import { evaluate, WHOLE, type Evaluation } from '../domain/rollout/parts.js';
import { recountParts } from '../domain/rollout/recount.js';
import { add, changeOf, hasBegun, NO_DELTAS, type Change } from './device-change.js';
import { constantsOf } from './record/rollout-constants.js';
import { RolloutDeviceRepository, type OfferedDevice } from './record/rollout-device.repository.js';
import { RolloutPartRepository } from './record/rollout-part.repository.js';
import { RolloutRepository, type Rollout } from './record/rollout.repository.js';
import { RolloutBook } from './rollout-book.js';
import type { News } from './rollout-news.js';
import { RolloutTransitions } from './rollout-transitions.js';

/** By the ids of rollouts, then of devices; the news of each device in the order of time. */
export type NewsOfRollouts = ReadonlyMap<number, NewsOfDevices>;
export type NewsOfDevices = ReadonlyMap<number, readonly News[]>;

/** In which a rollout may be halted. */
const UNDER_WAY = new Set(['running', 'paused']);

/**
 * Writes down what becomes of the devices that rollouts have offered their firmware, counts it, and halts a rollout when
 * there is enough evidence, all in the transaction of whoever brings the news. A rollout's row is locked meanwhile, so that
 * what one transaction counts another one builds on.
 */
@Injectable()
export class RolloutOutcomes {
  constructor(
    private readonly rollouts: RolloutRepository,
    private readonly parts: RolloutPartRepository,
    private readonly offered: RolloutDeviceRepository,
    private readonly devices: DevicesService,
    private readonly transitions: RolloutTransitions,
    private readonly book: RolloutBook,
    private readonly clock: DatabaseClock,
  ) {}

  /** The rows of the devices may be locked, those of the rollouts are not. */
  async hear(manager: EntityManager, news: NewsOfRollouts): Promise<void> {
    if (news.size === 0) return;
    for (const rollout of await this.rollouts.lock(manager, [...news.keys()])) {
      const ofDevices = news.get(rollout.id);
      if (ofDevices) await this.apply(manager, rollout, ofDevices);
    }
  }

  /**
   * Devices that are not in the rollout are left out.
   * @param rollout locked
   * @returns the devices to which something happened
   */
  async apply(manager: EntityManager, rollout: Rollout, news: NewsOfDevices): Promise<number[]> {
    const before = await this.offered.find([rollout.id], [...news.keys()], manager);
    const changes = await this.changesOf(manager, rollout, before, news);
    if (changes.length === 0) return [];
    const evaluation = await this.write(manager, rollout, changes);
    if (evaluation.halt && UNDER_WAY.has(rollout.state)) {
      const at = Math.max(...changes.map(({ after }) => after.changedAt));
      const locked = await this.rollouts.findById(rollout.id, manager);
      if (locked)
        await this.transitions.move(manager, locked, 'halt', null, { halt: { ...evaluation.halt, at } });
    }
    return changes.map(({ after }) => after.deviceId);
  }

  /**
   * An operator knows another reason why these devices failed. Does not resume what has halted.
   * @param rollout locked
   * @returns those of them that had failed or were silent
   */
  async excuse(
    manager: EntityManager,
    rollout: Rollout,
    deviceIds: readonly number[],
    reason: string,
  ): Promise<number[]> {
    const before = await this.offered.find([rollout.id], deviceIds, manager);
    const excused: News = {
      at: this.clock.now(),
      errorMessage: null,
      eventsFor: () => [{ kind: 'excused' }],
    };
    const news = new Map(before.map(({ deviceId }) => [deviceId, [excused]]));
    const changes = await this.changesOf(manager, rollout, before, news);
    const withReason = changes.map((change) => ({ ...change, after: { ...change.after, excuse: reason } }));
    if (withReason.length > 0) await this.write(manager, rollout, withReason);
    return withReason.map(({ after }) => after.deviceId);
  }

  /**
   * Evaluates the counters as they stand, as after the failure rate was raised, and writes what comes of it.
   * @param rollout locked, with the rate that is to hold
   */
  async evaluate(manager: EntityManager, rollout: Rollout): Promise<Evaluation> {
    const evaluation = await this.evaluateAt(manager, rollout, rollout.confirmed);
    await this.rollouts.count(manager, rollout.id, NO_DELTAS, evaluation);
    return evaluation;
  }

  private async changesOf(
    manager: EntityManager,
    rollout: Rollout,
    before: readonly OfferedDevice[],
    news: NewsOfDevices,
  ): Promise<Change[]> {
    const constants = constantsOf(rollout);
    const changes = before.flatMap(
      (device) => changeOf(device, news.get(device.deviceId) ?? [], constants) ?? [],
    );
    return this.withBootIds(manager, changes);
  }

  /** A device that comes back with another boot than those that it was seen in until it began has restarted. */
  private async withBootIds(manager: EntityManager, changes: readonly Change[]): Promise<Change[]> {
    const begun = changes.filter(hasBegun).map(({ after }) => after.deviceId);
    const known =
      begun.length > 0 ? await this.devices.findBootIds(manager, begun) : new Map<number, number[]>();
    return changes.map((change) => {
      if (!hasBegun(change)) return change;
      const { bootIds, deviceId } = change.after;
      const all = [...new Set([...bootIds, ...(known.get(deviceId) ?? [])])];
      return { ...change, after: { ...change.after, bootIds: all } };
    });
  }

  private async write(
    manager: EntityManager,
    rollout: Rollout,
    changes: readonly Change[],
  ): Promise<Evaluation> {
    const { id } = rollout;
    await this.offered.update(
      manager,
      changes.map(({ after }) => after),
    );
    const deltas = changes.reduce((sum, change) => add(sum, change.deltas), NO_DELTAS);
    const confirmed = rollout.confirmed + deltas.confirmed;
    const mustCount = changes.some(
      ({ affectsFailures, deltas: { released } }) => affectsFailures || released !== 0,
    );
    if (mustCount) await this.countParts(manager, id, changes);
    const evaluation: Evaluation = mustCount
      ? await this.evaluateAt(manager, rollout, confirmed)
      : { xLog: rollout.xLog, window: windowOf(constantsOf(rollout), confirmed, rollout.xLog), halt: null };
    await this.rollouts.count(manager, id, deltas, evaluation);
    const deviceIds = changes.map(({ after }) => after.deviceId);
    this.book.doubt(id, deviceIds);
    await this.rollouts.tell(manager, id, deviceIds);
    return evaluation;
  }

  private async countParts(manager: EntityManager, id: number, changes: readonly Change[]): Promise<void> {
    const before = await this.parts.findAll(id, manager);
    const released = changes.map(({ after, deltas }) => ({ device: after, by: deltas.released }));
    const bad = await this.offered.findBad(id, manager);
    await this.parts.set(manager, id, recountParts(before, released, bad));
  }

  private async evaluateAt(manager: EntityManager, rollout: Rollout, confirmed: number): Promise<Evaluation> {
    const parts = await this.parts.findAll(rollout.id, manager);
    return evaluate(constantsOf(rollout), confirmed, parts.length > 0 ? parts : [NOTHING_OFFERED]);
  }
}

const NOTHING_OFFERED = { ...WHOLE, rank: 1, n: 0, k: 0 };
