import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditLog } from '../audit/audit.exports.js';
import { isTaken } from '../database/database-error.js';
import { DomainError } from '../domain/errors.js';
import type { Principal } from '../domain/principal.js';
import { quoted } from '../domain/quoted.js';
import type { DeviceState } from '../domain/rollout/device-events.js';
import type { EvidencePoint } from '../domain/rollout/evidence-series.js';
import type { RolloutAction, RolloutState } from '../domain/rollout/rollout-states.js';
import { EventLog } from '../events/events.exports.js';
import { choiceOnRecord, createdEvent, excuseOnRecord, rolloutTarget } from './on-record.js';
import { RolloutDeviceRepository, type OfferedDevice } from './record/rollout-device.repository.js';
import { RolloutRepository, type Rollout } from './record/rollout.repository.js';
import { RolloutBook } from './rollout-book.js';
import type { RolloutChoice } from './rollout-choice.js';
import { RolloutFactorsService, type RolloutFactors } from './rollout-factors.js';
import { RolloutOutcomes } from './rollout-outcomes.js';
import { RolloutPlanning, rowOf, type RolloutPlan } from './rollout-planning.js';
import { RolloutPreviews, type RolloutPreview } from './rollout-previews.js';
import { RolloutTransitions, type MoveDetails } from './rollout-transitions.js';
import { RolloutView, type ListedRollout, type ShownRollout } from './rollout-view.js';

/** Which version of a rollout somebody has seen who acts on it: whether this one is. */
export type VersionCheck = (version: number) => boolean;

/** What operators do to a rollout without saying more. */
export type PlainAction = Extract<RolloutAction, 'start' | 'approve' | 'pause' | 'abort' | 'finish'>;

/** The operator's side of rollouts. */
@Injectable()
export class RolloutsService {
  private readonly logger = new Logger('Rollouts');

  constructor(
    private readonly rollouts: RolloutRepository,
    private readonly offered: RolloutDeviceRepository,
    private readonly planning: RolloutPlanning,
    private readonly previews: RolloutPreviews,
    private readonly transitions: RolloutTransitions,
    private readonly outcomes: RolloutOutcomes,
    private readonly compared: RolloutFactorsService,
    private readonly view: RolloutView,
    private readonly book: RolloutBook,
    private readonly events: EventLog,
    private readonly audit: AuditLog,
  ) {}

  /** @throws DomainError FIRMWARE_IN_ROLLOUT, and what RolloutPlanning refuses */
  async create(principal: Principal, choice: RolloutChoice): Promise<ShownRollout> {
    const plan = await this.planning.plan(principal, choice);
    const made = await this.insert(principal, plan);
    const { id, firmwareId, targetSize } = made;
    this.logger.log(
      `${quoted(principal.name)} made rollout ${id} of firmware ${firmwareId} for ${targetSize} devices.`,
    );
    return this.view.show(principal, made);
  }

  /** @throws DomainError as {@link create} */
  async preview(principal: Principal, choice: RolloutChoice): Promise<RolloutPreview> {
    const plan = await this.planning.plan(principal, choice);
    const { firmwareId, allowDowngrade } = choice;
    const { deviceType } = plan.firmware;
    const blockedBecause = this.planning.faultOfGoingBack({ firmwareId, deviceType, allowDowngrade });
    return this.previews.preview(principal, plan, blockedBecause);
  }

  async list(
    _principal: Principal,
    where: { readonly states?: readonly RolloutState[]; readonly firmwareId?: number },
    skip: number,
    limit: number,
  ): Promise<{ rollouts: ListedRollout[]; total: number }> {
    const { rollouts, total } = await this.rollouts.findPage(where, skip, limit);
    return { rollouts: await this.view.list(rollouts), total };
  }

  /** @throws DomainError ROLLOUT_NOT_FOUND */
  async get(principal: Principal, id: number): Promise<ShownRollout> {
    return this.view.show(principal, await this.find(id));
  }

  /** @throws DomainError ROLLOUT_NOT_FOUND */
  async devices(
    _principal: Principal,
    id: number,
    state: DeviceState | null,
    skip: number,
    limit: number,
  ): Promise<{ devices: OfferedDevice[]; total: number }> {
    await this.find(id);
    return this.offered.findPage(id, state, skip, limit);
  }

  /** @throws DomainError ROLLOUT_NOT_FOUND */
  async evidence(_principal: Principal, id: number, points: number): Promise<EvidencePoint[]> {
    return this.view.evidence(await this.find(id), points);
  }

  /** @throws DomainError ROLLOUT_NOT_FOUND, OVERLOADED */
  async factors(principal: Principal, id: number): Promise<RolloutFactors> {
    return this.compared.find(principal, await this.find(id));
  }

  /** @throws DomainError ROLLOUT_NOT_FOUND, ROLLOUT_VERSION, ROLLOUT_GROUP_GONE, and what RolloutTransitions refuses */
  act(principal: Principal, id: number, action: PlainAction, isSeen: VersionCheck): Promise<ShownRollout> {
    return this.change(principal, id, action, isSeen, async (manager, rollout) => {
      // What a rollout is to offer must still be one that may be offered, and stays so until it runs.
      if (action === 'start' || action === 'approve') {
        await this.planning.findFirmware(rollout, manager);
        await this.requireGroups(rollout, manager);
      }
      return {};
    });
  }

  /**
   * @param maxFailureRate higher than before; null: as before
   * @throws DomainError as {@link act}, and VALIDATION_FAILED
   */
  resume(
    principal: Principal,
    id: number,
    maxFailureRate: number | null,
    isSeen: VersionCheck,
  ): Promise<ShownRollout> {
    return this.change(principal, id, 'resume', isSeen, async (manager, rollout) => {
      if (maxFailureRate !== null && maxFailureRate <= rollout.maxFailureRate) {
        throw new DomainError(
          'VALIDATION_FAILED',
          (name) => `${name('maxFailureRate')} can only be raised: it is ${rollout.maxFailureRate}.`,
        );
      }
      const change = maxFailureRate === null ? {} : { maxFailureRate };
      const { halt } = await this.outcomes.evaluate(manager, { ...rollout, ...change });
      return { stillHalts: halt !== null, change };
    });
  }

  /** @throws DomainError as {@link act}, and ROLLOUT_NOTHING_TO_EXCUSE */
  excuse(
    principal: Principal,
    id: number,
    deviceIds: readonly number[],
    reason: string,
    isSeen: VersionCheck,
  ): Promise<ShownRollout> {
    return this.change(principal, id, 'excuse', isSeen, async (manager, rollout) => {
      const excused = await this.outcomes.excuse(manager, rollout, deviceIds, reason);
      if (excused.length === 0) {
        throw new DomainError(
          'ROLLOUT_NOTHING_TO_EXCUSE',
          `None of these devices has failed or is silent in rollout ${id}.`,
        );
      }
      return { record: excuseOnRecord(excused, reason) };
    });
  }

  /** @param prepare what goes with it, in the transaction */
  private async change(
    principal: Principal,
    id: number,
    action: RolloutAction,
    isSeen: VersionCheck,
    prepare: (manager: EntityManager, rollout: Rollout) => Promise<MoveDetails>,
  ): Promise<ShownRollout> {
    const changed = await this.rollouts.transaction(async (manager) => {
      const [rollout] = await this.rollouts.lock(manager, [id]);
      if (!rollout) return notFound(id);
      if (!isSeen(rollout.version)) {
        throw new DomainError(
          'ROLLOUT_VERSION',
          `Rollout ${id} has the version ${rollout.version} by now, not the one of If-Match.`,
        );
      }
      this.transitions.check(rollout, action, principal);
      const details = await prepare(manager, rollout);
      return this.transitions.move(manager, rollout, action, principal, details);
    });
    this.logger.log(`${quoted(principal.name)} acted on rollout ${id}: ${action}; it is ${changed.state}.`);
    await this.book.refresh();
    return this.view.show(principal, changed);
  }

  /** The groups that it names stay until the transaction ends. @throws DomainError ROLLOUT_GROUP_GONE */
  private async requireGroups(
    rollout: Pick<Rollout, 'target' | 'phases'>,
    manager: EntityManager,
  ): Promise<void> {
    const fault = await this.planning.faultOfTargets(rollout, manager);
    if (fault !== null) throw new DomainError('ROLLOUT_GROUP_GONE', fault);
  }

  private async insert(principal: Principal, plan: RolloutPlan): Promise<Rollout> {
    try {
      return await this.rollouts.transaction(async (manager) => {
        await this.planning.findFirmware(plan.choice, manager);
        await this.requireGroups({ target: plan.choice.target, phases: plan.phases }, manager);
        const rollout = await this.rollouts.insert(manager, rowOf(plan, principal.name));
        await this.events.record(manager, [createdEvent(rollout)]);
        await this.audit.record(manager, {
          by: principal,
          action: 'rollout.create',
          target: rolloutTarget(rollout.id),
          after: choiceOnRecord(rollout),
        });
        return rollout;
      });
    } catch (error) {
      if (!isTaken(error)) throw error;
      const { firmwareId } = plan.choice;
      const open = await this.rollouts.transaction((manager) => this.rollouts.findOpen(manager, firmwareId));
      // It has ended meanwhile, so that nothing is in the way any more.
      if (open === null) return this.insert(principal, plan);
      throw new DomainError(
        'FIRMWARE_IN_ROLLOUT',
        `Rollout ${open} brings firmware ${firmwareId} to devices; finish or abort it first.`,
      );
    }
  }

  private async find(id: number, manager?: EntityManager): Promise<Rollout> {
    return (await this.rollouts.findById(id, manager)) ?? notFound(id);
  }
}

function notFound(id: number): never {
  throw new DomainError('ROLLOUT_NOT_FOUND', `There is no rollout with the id ${id}.`);
}
