import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditLog } from '../../audit/audit.exports.js';
import { hasTooManyAttributes, withChange, type DeviceChange } from '../../domain/device-change.js';
import { MAX_ATTRIBUTES, type Attribute } from '../../domain/device-facts.js';
import { DomainError } from '../../domain/errors.js';
import type { Principal } from '../../domain/principal.js';
import { deviceTarget } from '../identity/on-record.js';
import {
  DeviceDescriptionRepository,
  type DescribedDevice,
} from '../record/device-description.repository.js';
import { changeOnRecord, describedOnRecord } from './on-record.js';
import { ForgottenDevices } from './forgotten-devices.js';

export interface ChangeOfDevice {
  readonly deviceId: number;
  readonly change: DeviceChange;
  /** All attributes that it is to have, its own among them. */
  readonly shown?: Readonly<Record<string, Attribute>>;
}

/** Why some of the devices of a list cannot be changed, by their ids. */
export type Refused = ReadonlyMap<number, string>;

/** What operators say of devices. */
@Injectable()
export class DeviceChangesService {
  constructor(
    private readonly descriptions: DeviceDescriptionRepository,
    private readonly forgotten: ForgottenDevices,
    private readonly audit: AuditLog,
  ) {}

  /** @throws DomainError DEVICE_NOT_FOUND, VALIDATION_FAILED */
  async change(principal: Principal, deviceId: number, change: DeviceChange): Promise<void> {
    await this.descriptions.transaction(async (manager) => {
      const before = await this.lock(manager, deviceId);
      const after = { id: deviceId, ...withChange(before, change) };
      if (hasTooManyAttributes(after)) throw new DomainError('VALIDATION_FAILED', TOO_MANY_ATTRIBUTES);
      const changed = changeOnRecord(before, after);
      // What changes nothing is not on record.
      if (!changed) return;
      await this.descriptions.describe(manager, [after]);
      const entry = { by: principal, action: 'device.change', target: deviceTarget(deviceId), ...changed };
      await this.audit.record(manager, entry);
    });
  }

  /**
   * All of a list, or none.
   * @param changes each device once
   * @returns why devices could not be changed; nothing was done then
   */
  async changeAll(principal: Principal, changes: readonly ChangeOfDevice[]): Promise<Refused> {
    return this.descriptions.transaction(async (manager) => {
      const ids = changes.map(({ deviceId }) => deviceId);
      const known = new Map(
        (await this.descriptions.lockDescribed(manager, ids)).map((one) => [one.id, one]),
      );
      const shown = changes.filter(({ shown: attributes }) => attributes !== undefined);
      const own = await this.descriptions.ownAttributes(
        manager,
        shown.map(({ deviceId }) => deviceId),
      );
      const refused = new Map<number, string>();
      const after: DescribedDevice[] = [];
      for (const { deviceId, change: given, shown: attributes } of changes) {
        const before = known.get(deviceId);
        const change =
          before && attributes
            ? withShown(given, attributes, { ...own.get(deviceId), ...before.attributes })
            : given;
        const described = before && { id: deviceId, ...withChange(before, change) };
        if (!described) refused.set(deviceId, `There is no device with the id ${deviceId}.`);
        else if (hasTooManyAttributes(described)) refused.set(deviceId, TOO_MANY_ATTRIBUTES);
        else if (changeOnRecord(before, described)) after.push(described);
      }
      if (refused.size > 0 || after.length === 0) return refused;
      await this.descriptions.describe(manager, after);
      await this.audit.record(manager, {
        by: principal,
        action: 'device.import',
        target: `devices:${after.length}`,
        after: { devices: after.length },
      });
      return refused;
    });
  }

  /** @throws DomainError DEVICE_NOT_FOUND */
  async forget(principal: Principal, deviceId: number): Promise<void> {
    await this.descriptions.transaction(async (manager) => {
      const before = await this.lock(manager, deviceId);
      await this.forgotten.forget(manager, [deviceId]);
      await this.audit.record(manager, {
        by: principal,
        action: 'device.forget',
        target: deviceTarget(deviceId),
        before: describedOnRecord(before),
      });
    });
  }

  private async lock(manager: EntityManager, deviceId: number): Promise<DescribedDevice> {
    const [device] = await this.descriptions.lockDescribed(manager, [deviceId]);
    if (device) return device;
    throw new DomainError('DEVICE_NOT_FOUND', `There is no device with the id ${deviceId}.`);
  }
}

/** Only what differs from what is shown today is changed, so that what a device says of itself remains its own. */
function withShown(
  change: DeviceChange,
  wanted: Readonly<Record<string, Attribute>>,
  today: Readonly<Record<string, Attribute>>,
): DeviceChange {
  const gone = Object.keys(today).filter((key) => !Object.hasOwn(wanted, key));
  const different = Object.entries(wanted).filter(([key, value]) => today[key] !== value);
  const changes = Object.fromEntries([...gone.map((key) => [key, null] as const), ...different]);
  return { ...change, attributes: { ...changes, ...change.attributes } };
}

const TOO_MANY_ATTRIBUTES = `A device has at most ${MAX_ATTRIBUTES} attributes of its operators.`;
