import { DEFAULT_SETTINGS, NO_LIMIT, rolloutConstants } from '../../src/domain/rollout/admission.js';
import { recount, type Recount } from '../../src/domain/rollout/recount.js';
import type { RolloutEntity } from '../../src/rollouts/record/rollout.entity.js';
import { RolloutDeviceRepository } from '../../src/rollouts/record/rollout-device.repository.js';
import { RolloutPartRepository } from '../../src/rollouts/record/rollout-part.repository.js';
import { RolloutRepository, type Rollout } from '../../src/rollouts/record/rollout.repository.js';
import { DEVICE_STATES } from '../../src/domain/rollout/device-events.js';
import type { TestApp } from './test-app.js';
import { Client, someBytes } from './http-client.js';

/** Settings of a rollout as they stand in its row. */
function rolloutRow(targetSize: number, more: Partial<RolloutEntity> = {}): Partial<RolloutEntity> {
  const { maxFailureRate, falseAlarmRate, silentAfterMinutes, maxAtRiskShare, attemptsPerDevice } =
    DEFAULT_SETTINGS;
  const ramp = more.ramp ?? 'evidence';
  const { firstWindow } = rolloutConstants({ ...DEFAULT_SETTINGS, ramp, targetSize });
  return {
    ...{ maxFailureRate, falseAlarmRate, silentAfterMinutes, maxAtRiskShare, attemptsPerDevice },
    ...{ ramp, targetSize, firstWindow, atOnce: firstWindow, phaseCap: NO_LIMIT },
    ...{ state: 'running', createdBy: 'user:anna', startedAt: new Date() },
    ...more,
  };
}

/** Rollouts in the database of an app, as they are made and as they stand. */
export class RolloutStage {
  readonly rollouts: RolloutRepository;
  readonly devices: RolloutDeviceRepository;
  readonly parts: RolloutPartRepository;
  private made = 0;

  constructor(private readonly app: TestApp) {
    this.rollouts = app.nest.get(RolloutRepository);
    this.devices = app.nest.get(RolloutDeviceRepository);
    this.parts = app.nest.get(RolloutPartRepository);
  }

  /** Of a firmware 2.0.0 with a device type of its own, unless another one is given. */
  async begin(targetSize: number, more: Partial<RolloutEntity> = {}): Promise<Rollout> {
    const deviceType = more.deviceType ?? `type-${++this.made}`;
    const firmwareId = more.firmwareId ?? (await this.publish(deviceType));
    return this.rollouts.transaction(async (manager) => {
      const row = rolloutRow(targetSize, { deviceType, firmwareId, ...more });
      const rollout = await this.rollouts.insert(manager, row);
      await this.rollouts.tell(manager, rollout.id);
      return rollout;
    });
  }

  async publish(deviceType: string, version = '2.0.0'): Promise<number> {
    const registration = { device_type: deviceType, version, is_stable: false };
    const { status, body } = await new Client(this.app).publish(someBytes(1_000), registration);
    if (status !== 200) throw new Error(JSON.stringify(body));
    return body.id as number;
  }

  async find(id: number): Promise<Rollout> {
    const rollout = await this.rollouts.findById(id);
    if (!rollout) throw new Error(`There is no rollout ${id}.`);
    return rollout;
  }

  /** The counters as they stand. */
  async counted(id: number): Promise<Recount> {
    const { offered, confirmed, bad, released, excused } = await this.find(id);
    const parts = await this.parts.findAll(id);
    return { counters: { offered, confirmed, bad, released, excused }, parts: inOrder(parts) };
  }

  /** The counters as they must be. */
  async recounted(id: number): Promise<Recount> {
    const { counters, parts } = recount(await this.devices.findIn(id, DEVICE_STATES));
    return { counters, parts: counters.offered === 0 ? [] : inOrder(parts) };
  }
}

export const inOrder = (parts: Recount['parts']): Recount['parts'] =>
  parts.toSorted((a, b) => (`${a.dimension} ${a.value}` < `${b.dimension} ${b.value}` ? -1 : 1));
