import { Injectable } from '@nestjs/common';
import { DevicesService } from '../devices/devices.service.js';
import { FilterReader, WaitingDevices } from '../devices/devices.exports.js';
import { EVERYTHING } from '../domain/filter/filter.js';
import { parseVersion } from '../domain/firmware-version.js';
import type { Instant } from '../domain/instant.js';
import { countedOf, pendingOf } from '../domain/rollout/admission.js';
import { plannedReleases } from '../domain/release-plan.js';
import { capOf, isComplete, progressOf, type PhaseSituation } from '../domain/rollout/phases.js';
import { unpausedBetween } from '../domain/rollout/pauses.js';
import { decideUpdate } from '../domain/update-decision.js';
import { ReleaseCatalog, type RunningFirmware } from '../releases/releases.exports.js';
import { ClockRepository } from './clock/clock.repository.js';
import { EarlierFailures } from './earlier-failures.js';
import { includedIn } from './included-devices.js';
import { RolloutDeviceRepository } from './record/rollout-device.repository.js';
import { RolloutRepository, type Rollout } from './record/rollout.repository.js';
import { RolloutTransitions } from './rollout-transitions.js';

/** Devices that are looked at together. */
const PAGE = 500;

/** Moves a rollout on through its phases, and finishes it. */
@Injectable()
export class RolloutProgress {
  constructor(
    private readonly rollouts: RolloutRepository,
    private readonly offered: RolloutDeviceRepository,
    private readonly transitions: RolloutTransitions,
    private readonly clocks: ClockRepository,
    private readonly devices: DevicesService,
    private readonly waiting: WaitingDevices,
    private readonly filters: FilterReader,
    private readonly catalog: ReleaseCatalog,
    private readonly failures: EarlierFailures,
  ) {}

  async advance(rolloutId: number, now: Instant): Promise<void> {
    const rollout = await this.rollouts.findById(rolloutId);
    if (rollout?.state !== 'running') return;
    // What cannot be offered now waits for an operator: the rollout is not complete because of it.
    if (!this.catalog.findOfferable(rollout.firmwareId)) return;
    const waiting = await this.countWaiting(rollout, now);
    await this.rollouts.transaction(async (manager) => {
      const [locked] = await this.rollouts.lock(manager, [rolloutId]);
      // Devices were admitted meanwhile, so that other ones may be waiting.
      if (locked?.state !== 'running' || locked.offered !== rollout.offered) return;
      const { phases, phaseIndex, phaseSettledAt, targetSize } = locked;
      const situation: PhaseSituation = { counted: countedOf(locked), pending: pendingOf(locked), waiting };
      const settledAt = phaseSettledAt && phaseSettledAt.getTime() * 1_000;
      const before = { index: phaseIndex, settledAt };
      const pauses = await this.clocks.findPauses(rolloutId, manager);
      const after = progressOf(before, situation, phases, targetSize, now, pauses);
      if (after.index !== before.index || (after.settledAt === null) !== (settledAt === null)) {
        await this.rollouts.setProgress(manager, rolloutId, after, capOf(phases, after.index, targetSize));
        await this.rollouts.tell(manager, rolloutId);
      }
      // One that has come to its last phase just now may have devices waiting that the phase before left out; and what
      // nobody has confirmed comes into force by nobody's word but an operator's.
      const isProven = before.index === after.index && locked.confirmed > 0;
      if (isProven && isComplete(before, situation, phases))
        await this.transitions.move(manager, locked, 'time', null, { now, isComplete: true });
    });
  }

  /** @returns 0 or 1: more is not asked for */
  private async countWaiting(rollout: Rollout, now: Instant): Promise<number> {
    const { phases, phaseIndex, targetSize } = rollout;
    if (pendingOf(rollout) > 0) return 1;
    const isFull = phaseIndex < phases.length && countedOf(rollout) >= capOf(phases, phaseIndex, targetSize);
    if (isFull) return 0;
    const running = (await this.devices.findRunning()).flatMap((one) => this.mayHave(rollout, one) ?? []);
    if (running.length === 0) return 0;
    const target = rollout.target === null ? EVERYTHING : await this.filters.readKept(rollout.target);
    const question = {
      deviceType: rollout.deviceType,
      firmwareId: rollout.firmwareId,
      secureVersion: this.catalog.findOfferable(rollout.firmwareId)?.secureVersion ?? 0,
      running,
      target,
      included: await includedIn(this.filters, rollout.id, phases, phaseIndex),
      // After a pause, devices have not come back yet, and are not gone.
      at: new Date(unpausedBetween(0, now, await this.clocks.findPauses(rollout.id)) / 1_000),
    };
    let after = 0;
    for (;;) {
      const ids = await this.waiting.findIds(question, after, PAGE);
      const done = new Set((await this.offered.find([rollout.id], ids)).map(({ deviceId }) => deviceId));
      const others = ids.filter((id) => !done.has(id));
      if (await this.mayOfferTo(rollout, others)) return 1;
      const last = ids.at(-1);
      if (last === undefined || ids.length < PAGE) return 0;
      after = last;
    }
  }

  /** Whether one of these devices has not failed with the firmware before. */
  private async mayOfferTo(rollout: Rollout, deviceIds: readonly number[]): Promise<boolean> {
    if (deviceIds.length === 0) return false;
    const failed = await this.rollouts.transaction((manager) =>
      this.failures.among(manager, rollout, deviceIds),
    );
    return failed.size < deviceIds.length;
  }

  /** Whether devices that run this may be offered the firmware. */
  private mayHave(
    { id, firmwareId, deviceType, allowDowngrade }: Rollout,
    running: RunningFirmware,
  ): (RunningFirmware & { readonly mustAccept: boolean }) | null {
    const release = this.catalog.findOfferable(firmwareId);
    if (!release || running.deviceType !== deviceType) return null;
    const releases = plannedReleases(this.catalog.planOf(deviceType), [
      { release, rollout: { id, allowDowngrade } },
    ]);
    const mayWith = (acceptsDowngrade: boolean): boolean => {
      const facts = { version: parseVersion(running.version), build: running.build, acceptsDowngrade };
      const plan = { kind: 'personal' as const, releases, standingIn: () => GRANTED };
      const decision = decideUpdate(facts, plan);
      return decision.kind === 'offer' && decision.release.id === firmwareId;
    };
    if (mayWith(false)) return { ...running, mustAccept: false };
    return mayWith(true) ? { ...running, mustAccept: true } : null;
  }
}

const GRANTED = { kind: 'granted' } as const;
