import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditLog } from '../../audit/audit.exports.js';
import { withoutTokens, withToken, type DeviceAccessState } from '../../domain/device-access.js';
import { DomainError } from '../../domain/errors.js';
import type { EnrollmentRequest } from '../../domain/enrollment.js';
import type { Principal } from '../../domain/principal.js';
import { EventLog } from '../../events/events.exports.js';
import { DeviceRepository } from '../record/device.repository.js';
import { DeviceAccessRepository, type DeviceAccessRecord } from './device-access.repository.js';
import { DeviceAccess } from './device-access.service.js';
import { DeviceTokens } from './device-tokens.js';
import { accessEvent, accessOnRecord, deviceTarget } from './on-record.js';

export interface DeviceWithToken {
  readonly deviceId: number;
  readonly deviceType: string | null;
  readonly token: string;
}

/** What operators do about a device. */
export type Decision = 'accept' | 'reject' | 'block' | 'unblock';

/** The identities of devices, as admins and operators change them. What is changed holds on this server at once. */
@Injectable()
export class DeviceIdentityService {
  constructor(
    private readonly records: DeviceAccessRepository,
    private readonly devices: DeviceRepository,
    private readonly tokens: DeviceTokens,
    private readonly access: DeviceAccess,
    private readonly audit: AuditLog,
    private readonly events: EventLog,
  ) {}

  /**
   * The token of a device that has not used it yet, the same each time; a reset revokes it and makes another one.
   * @throws DomainError TOKEN_IN_USE
   */
  async mint(principal: Principal, deviceId: number, isReset: boolean): Promise<DeviceWithToken> {
    const device = { deviceId, deviceType: null };
    const state = await this.records.transaction(async (manager) => {
      const before = await this.lock(manager, deviceId);
      const next = withToken(before.state, isReset);
      if (!next) {
        throw new DomainError(
          'TOKEN_IN_USE',
          `Device ${deviceId} uses its token; send reset=true to revoke it and make another one.`,
        );
      }
      await this.devices.addUnseen(manager, [device]);
      await this.change(manager, principal, 'device.make_token', before, next);
      return next;
    });
    await this.settle();
    return { ...device, token: this.tokens.mint({ deviceId, epoch: state.epoch }) };
  }

  /**
   * The same for a production line: all of them or none.
   * @returns the devices whose tokens are in use; nothing was done then
   */
  async mintAll(
    principal: Principal,
    list: readonly EnrollmentRequest[],
    isReset: boolean,
  ): Promise<{ made: DeviceWithToken[] } | { inUse: ReadonlySet<number> }> {
    const result = await this.records.transaction(async (manager) => {
      const known = await this.records.lock(
        manager,
        list.map(({ deviceId }) => deviceId),
      );
      const next: DeviceAccessRecord[] = [];
      const inUse = new Set<number>();
      for (const { deviceId } of list) {
        const record = known.get(deviceId);
        const state = record && withToken(record.state, isReset);
        if (state) next.push({ ...record, state });
        else inUse.add(deviceId);
      }
      // Rows that were made for the lock are as good as none.
      if (inUse.size > 0) return { inUse };
      await this.records.save(manager, next);
      await this.devices.addUnseen(manager, list);
      await this.audit.record(manager, {
        by: principal,
        action: 'device.make_tokens',
        target: `devices:${list.length}`,
        after: { devices: list.length, reset: isReset },
      });
      return { made: list.map((device, index) => this.withToken(device, next[index]?.state)) };
    });
    await this.settle();
    return result;
  }

  /** The device may enrol again afterwards. @throws DomainError DEVICE_NOT_FOUND */
  async revoke(principal: Principal, deviceId: number): Promise<DeviceAccessState> {
    const after = await this.records.transaction(async (manager) => {
      const before = await this.lockKnown(manager, deviceId);
      return this.change(manager, principal, 'device.revoke_token', before, withoutTokens(before.state));
    });
    await this.settle();
    return after;
  }

  /** @throws DomainError DEVICE_NOT_FOUND, DEVICE_HAS_IDENTITY */
  async decide(principal: Principal, deviceId: number, decision: Decision): Promise<DeviceAccessState> {
    const after = await this.records.transaction(async (manager) => {
      const before = await this.lockKnown(manager, deviceId);
      if (decision === 'reject' && before.state.identity !== 'none') {
        throw new DomainError(
          'DEVICE_HAS_IDENTITY',
          `Device ${deviceId} is enrolled already; block it instead.`,
        );
      }
      return this.change(manager, principal, `device.${decision}`, before, decided(before.state, decision));
    });
    await this.settle();
    return after;
  }

  private withToken(device: EnrollmentRequest, state: DeviceAccessState | undefined): DeviceWithToken {
    return { ...device, token: this.tokens.mint({ deviceId: device.deviceId, epoch: state?.epoch ?? 0 }) };
  }

  private async lockKnown(manager: EntityManager, deviceId: number): Promise<DeviceAccessRecord> {
    const isKnown =
      (await this.devices.exists(manager, deviceId)) || (await this.records.exists(manager, deviceId));
    if (isKnown) return this.lock(manager, deviceId);
    throw new DomainError('DEVICE_NOT_FOUND', `There is no device with the id ${deviceId}.`);
  }

  private async lock(manager: EntityManager, deviceId: number): Promise<DeviceAccessRecord> {
    const record = (await this.records.lock(manager, [deviceId])).get(deviceId);
    if (record) return record;
    throw new Error(`The row of device ${deviceId} is not there after it was made.`);
  }

  /** What changes nothing is not on record. */
  private async change(
    manager: EntityManager,
    principal: Principal,
    action: keyof typeof EVENTS_OF,
    record: DeviceAccessRecord,
    state: DeviceAccessState,
  ): Promise<DeviceAccessState> {
    const [before, after] = [accessOnRecord(record.state), accessOnRecord(state)];
    if (JSON.stringify(before) === JSON.stringify(after)) return state;
    await this.records.save(manager, [{ ...record, state }]);
    await this.events.record(manager, [accessEvent(EVENTS_OF[action], record.deviceId, state)]);
    await this.audit.record(manager, {
      by: principal,
      action,
      target: deviceTarget(record.deviceId),
      before,
      after,
    });
    return state;
  }

  /** It is committed, whether it can be read back now or in a moment. */
  private settle(): Promise<void> {
    return this.access.refresh().catch(() => undefined);
  }
}

/** By the actions of the audit log. */
const EVENTS_OF = {
  'device.make_token': 'device.token_created',
  'device.revoke_token': 'device.token_revoked',
  'device.accept': 'device.accepted',
  'device.reject': 'device.rejected',
  'device.block': 'device.blocked',
  'device.unblock': 'device.unblocked',
} as const;

function decided(state: DeviceAccessState, decision: Decision): DeviceAccessState {
  switch (decision) {
    case 'accept':
      return { ...state, enrollment: 'accepted' };
    case 'reject':
      return { ...state, enrollment: 'rejected' };
    case 'block':
      return { ...state, isBlocked: true };
    case 'unblock':
      return { ...state, isBlocked: false };
  }
}
