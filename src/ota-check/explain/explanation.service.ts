import { Injectable } from '@nestjs/common';
import { DeviceGate, UpdateLoops } from '../../devices/devices.exports.js';
import { DevicesService, type DeviceRecord } from '../../devices/devices.service.js';
import { standingOf } from '../../domain/device-access.js';
import { deviceStatus, type DeviceStatus } from '../../domain/device-status.js';
import { lastUpdateOf } from '../../domain/device-update.js';
import { DomainError } from '../../domain/errors.js';
import {
  explain,
  type ExplainedDevice,
  type ExplainedPlan,
  type NamedRelease,
  type Step,
} from '../../domain/explanation.js';
import type { Principal } from '../../domain/principal.js';
import { answerCheck, type PassedOver, type UpdateDecision } from '../../domain/update-decision.js';
import { LogsService } from '../../logs/logs.exports.js';
import { ReleaseCatalog, type Release } from '../../releases/releases.exports.js';
import { RolloutOffers, type PersonalExplanation } from '../../rollouts/rollouts.exports.js';

export interface Explanation {
  readonly deviceId: number;
  readonly deviceType: string | null;
  /** What a check of the device would be answered now; null: it has never checked, so nobody knows. */
  readonly answer: UpdateDecision<NamedRelease> | null;
  readonly status: DeviceStatus;
  readonly steps: readonly Step[];
  /** null: it has not checked often enough to know. */
  readonly nextCheckExpectedAt: Date | null;
}

/** Why a device is updated or not, by the very decision that answers its checks. */
@Injectable()
export class ExplanationService {
  constructor(
    private readonly catalog: ReleaseCatalog,
    private readonly devices: DevicesService,
    private readonly gate: DeviceGate,
    private readonly loops: UpdateLoops,
    private readonly logs: LogsService,
    private readonly rollouts: RolloutOffers,
  ) {}

  /** @throws DomainError DEVICE_NOT_FOUND */
  async explain(principal: Principal, deviceId: number): Promise<Explanation> {
    const record = await this.devices.find(deviceId);
    if (!record) throw new DomainError('DEVICE_NOT_FOUND', `There is no device with the id ${deviceId}.`);
    const running = runningOf(record);
    const passedOver: NamedRelease[] = [];
    const served = this.gate.standingOf(deviceId);
    const {
      decision: called,
      newest,
      rollouts,
    } = await this.decide(record, running, (release) => passedOver.push(nameOf(release)));
    const decision = answerCheck(called, served, ({ id }) => this.loops.includes(deviceId, id));
    const answer: UpdateDecision<NamedRelease> =
      decision.kind === 'offer' ? { kind: 'offer', release: nameOf(decision.release) } : decision;
    const device: ExplainedDevice = {
      standing: standingOf(record.access),
      served,
      lacksCredentials: this.gate.lacksCredentials(record.access),
      running,
      hasChecked: running !== null,
      lastSeenAt: record.lastSeenAt,
      checkInterval: record.checkInterval,
      reason: answer.kind === 'none' ? answer.reason : null,
      lastUpdate: record.update && lastUpdateOf(record.update),
      lastReport: await this.lastReportOf(principal, record),
      bootIdsAlternatedAt: record.bootIdsAlternatedAt,
    };
    const now = Date.now();
    const plan: ExplainedPlan = {
      newest: newest && nameOf(newest),
      passedOver,
      damaged: running ? this.catalog.damagedOf(running.deviceType).map(nameOf) : [],
      rollouts,
    };
    const steps = explain(device, plan, answer, now);
    return {
      deviceId,
      deviceType: running?.deviceType ?? null,
      answer: running ? answer : null,
      status: deviceStatus(device, now),
      steps,
      nextCheckExpectedAt: nextCheckOf(record),
    };
  }

  /** By its last check, as if it came again. */
  private async decide(
    record: DeviceRecord,
    running: ExplainedDevice['running'],
    onPassedOver: PassedOver<Release>,
  ): Promise<PersonalExplanation> {
    if (!running) return { decision: { kind: 'none', reason: 'no_release' }, newest: null, rollouts: [] };
    const plan = this.rollouts.planFor(running);
    if (!plan) {
      const [newest = null] = this.catalog.planOf(running.deviceType).releases;
      return { decision: this.catalog.explain(running, onPassedOver), newest, rollouts: [] };
    }
    const { deviceId, acceptsDowngrade, ownAttributes, recentBootIds } = record;
    const [bootId] = recentBootIds;
    const facts = { acceptsDowngrade, attributes: ownAttributes, ...(bootId !== undefined && { bootId }) };
    return this.rollouts.explain({ ...running, deviceId, facts, address: () => null }, plan, onPassedOver);
  }

  private async lastReportOf(
    principal: Principal,
    { deviceId, update }: DeviceRecord,
  ): Promise<ExplainedDevice['lastReport']> {
    if (!update) return null;
    const { firmwareId, status } = update;
    const { rows } = await this.logs.list(principal, { deviceId, firmwareId, status }, 0, 1);
    const file = this.catalog.findFile(firmwareId);
    const firmware = file ? `${file.versionText} build ${file.build}` : `firmware ${firmwareId}`;
    return { firmware, message: rows[0]?.errorMessage ?? null };
  }
}

const nameOf = ({ versionText, build, floorText }: Release): NamedRelease => ({
  name: `${versionText} build ${build}`,
  floor: floorText,
});

/** What its last check said; null: it never checked. */
function runningOf({ deviceType, version, build }: DeviceRecord): ExplainedDevice['running'] {
  return deviceType === null || version === null || build === null
    ? null
    : { deviceType, version: version.text, build };
}

function nextCheckOf({ lastSeenAt, checkInterval }: DeviceRecord): Date | null {
  return checkInterval === null ? null : new Date(lastSeenAt + checkInterval * 1_000);
}
