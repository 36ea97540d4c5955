import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DatabaseClock } from '../database/database-clock.js';
import { FilterReader, TargetDevices } from '../devices/devices.exports.js';
import { DomainError } from '../domain/errors.js';
import { EVERYTHING, type ResolvedFilter } from '../domain/filter/filter.js';
import { parseVersion } from '../domain/firmware-version.js';
import type { Principal } from '../domain/principal.js';
import { quoted } from '../domain/quoted.js';
import { compareReleases } from '../domain/release-plan.js';
import { rolloutConstants, windowOf, type RolloutConstants } from '../domain/rollout/admission.js';
import { capOf, type Phase } from '../domain/rollout/phases.js';
import { sharedAddresses } from '../domain/rollout/sites.js';
import { faultOfTarget } from '../domain/rollout/target-rules.js';
import type { Sentence } from '../domain/sentence.js';
import { ReleaseCatalog, type FirmwareName, type FirmwareStanding } from '../releases/releases.exports.js';
import type { RolloutEntity } from './record/rollout.entity.js';
import { filtersOf, type Rollout } from './record/rollout.repository.js';
import type { RolloutChoice } from './rollout-choice.js';

/** A clock may be ahead of this server's, and a request takes its time. */
const LATEST_START_MS = 60_000;

/** A rollout that may be made. */
export interface RolloutPlan {
  readonly choice: RolloutChoice;
  readonly firmware: FirmwareStanding;
  readonly target: ResolvedFilter;
  readonly phases: readonly Phase[];
  readonly constants: RolloutConstants;
  /** Of the first phase. */
  readonly phaseCap: number;
  readonly checkInterval: number | null;
  readonly sharedAddresses: readonly string[];
}

/** Judges what somebody asks for, and measures the target: what a rollout keeps from its making to its end. */
@Injectable()
export class RolloutPlanning {
  constructor(
    private readonly catalog: ReleaseCatalog,
    private readonly filters: FilterReader,
    private readonly devices: TargetDevices,
    private readonly clock: DatabaseClock,
  ) {}

  /**
   * @throws DomainError VALIDATION_FAILED, FIRMWARE_NOT_FOUND, FIRMWARE_NOT_OFFERABLE, FIRMWARE_STABLE, FILTER_INVALID,
   * FILTER_TOO_SLOW, OVERLOADED
   */
  async plan(principal: Principal, choice: RolloutChoice): Promise<RolloutPlan> {
    this.requireFuture(choice.startsAt);
    const firmware = await this.findFirmware(choice);
    const { deviceType } = firmware;
    const target = await this.readTarget(choice.target, deviceType, 'target');
    const filters: ResolvedFilter[] = [];
    for (const phase of choice.phases)
      if (phase.kind === 'target') filters.push(await this.readTarget(phase.target, deviceType, 'phases'));
    const both = filters.map((filter): ResolvedFilter => ({ kind: 'all', of: [target, filter] }));
    const measure = await this.devices.measure(principal, deviceType, target, both);
    let nth = 0;
    const phases = choice.phases.map((phase): Phase =>
      phase.kind === 'target' ? { ...phase, matching: measure.others[nth++] ?? 0 } : phase,
    );
    const constants = rolloutConstants({
      ...choice,
      targetSize: measure.devices,
      checkIntervalSeconds: measure.checkInterval,
    });
    return {
      choice,
      firmware,
      target,
      phases,
      constants,
      phaseCap: capOf(phases, 0, measure.devices),
      checkInterval: measure.checkInterval,
      sharedAddresses: [...sharedAddresses(measure.addresses, measure.withAddress)],
    };
  }

  /** @throws DomainError VALIDATION_FAILED */
  private requireFuture(startsAt: Date | null): void {
    const now = this.clock.now() / 1_000;
    if (startsAt === null || startsAt.getTime() >= now - LATEST_START_MS) return;
    const [given, today] = [startsAt, new Date(now)].map((at) => at.toISOString());
    const sentence: Sentence = (name) =>
      `${name('startsAt')} is in the past: it is ${given}, and now is ${today}; leave it out to start at once`;
    throw new DomainError('VALIDATION_FAILED', sentence, { startsAt: sentence });
  }

  /**
   * @param manager of the transaction that makes the rollout: the firmware stays as it is until that ends
   * @throws DomainError FIRMWARE_NOT_FOUND, FIRMWARE_NOT_OFFERABLE, FIRMWARE_STABLE
   */
  async findFirmware(
    { firmwareId, allowDowngrade }: Pick<RolloutChoice, 'firmwareId' | 'allowDowngrade'>,
    manager?: EntityManager,
  ): Promise<FirmwareStanding> {
    const firmware = await this.catalog.findStanding(firmwareId, manager);
    if (!firmware)
      throw new DomainError('FIRMWARE_NOT_FOUND', `There is no firmware with the id ${firmwareId}.`);
    const fault = this.faultOf(firmware);
    if (fault !== null) throw new DomainError('FIRMWARE_NOT_OFFERABLE', fault);
    if (firmware.isStable && !allowDowngrade) {
      throw new DomainError(
        'FIRMWARE_STABLE',
        `Firmware ${firmwareId} is stable: every device of its type is offered it already.`,
      );
    }
    return firmware;
  }

  /** Why nobody is offered a firmware, as one sentence; null: nothing stands in its way. */
  faultOf({ id, versionText, isActive }: Omit<FirmwareName, 'build'>): string | null {
    if (!isActive) return `Firmware ${id} is inactive, so that no device is offered it.`;
    if (this.catalog.isDamaged(id))
      return `The file of firmware ${id} is damaged, so that no device is offered it; restore it from the backup.`;
    if (parseVersion(versionText) === null)
      return `The version "${versionText}" of firmware ${id} cannot be compared, so that no device is offered it.`;
    return null;
  }

  /**
   * Why no device goes back to a firmware, as one sentence: those that would are offered something newer again. null: it may
   * have any.
   */
  faultOfGoingBack({
    firmwareId,
    deviceType,
    allowDowngrade,
  }: Pick<Rollout, 'firmwareId' | 'deviceType' | 'allowDowngrade'>): string | null {
    const release = allowDowngrade ? this.catalog.findOfferable(firmwareId) : null;
    const [newest] = this.catalog.planOf(deviceType).releases;
    if (!release || !newest || compareReleases(newest, release) <= 0) return null;
    const name = `${newest.versionText} build ${newest.build}`;
    return `Firmware ${newest.id} (${name}) is stable and newer, so that no device that runs it goes back. Make it not stable first: ota update --id ${newest.id} --no-stable.`;
  }

  /**
   * Why a rollout finds no device, as one sentence; null: it may find some.
   * @param manager of a transaction until whose end that holds
   */
  async faultOfTargets(
    rollout: Pick<Rollout, 'target' | 'phases'>,
    manager?: EntityManager,
  ): Promise<string | null> {
    const [gone] = await this.filters.findGone(filtersOf(rollout), manager);
    return gone === undefined
      ? null
      : `The rollout names the group ${quoted(gone)}, which does not exist any more, so that no device is offered its firmware. Make a group of that name, or another rollout.`;
  }

  private async readTarget(
    text: string | null,
    deviceType: string,
    field: 'target' | 'phases',
  ): Promise<ResolvedFilter> {
    if (text === null) return EVERYTHING;
    const filter = await this.filters.read(text, field);
    const fault = faultOfTarget(filter, deviceType);
    if (fault !== null) throw new DomainError('FILTER_INVALID', fault, { [field]: fault });
    return filter;
  }
}

/** What is written of a rollout that is made now. */
export function rowOf(
  { choice, firmware, phases, constants, phaseCap, checkInterval, ...plan }: RolloutPlan,
  createdBy: string,
): Partial<RolloutEntity> {
  return {
    ...choice,
    phases,
    deviceType: firmware.deviceType,
    targetSize: constants.targetSize,
    checkInterval,
    sharedAddresses: [...plan.sharedAddresses],
    firstWindow: constants.firstWindow,
    atOnce: windowOf(constants, 0, 0),
    phaseCap,
    createdBy,
  };
}
