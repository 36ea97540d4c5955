import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditLog } from '../../audit/audit.exports.js';
import { decideEnrollment, type EnrollmentRequest } from '../../domain/enrollment.js';
import { isEnrollmentKey, keptKey } from '../../domain/enrollment-key.js';
import { DomainError } from '../../domain/errors.js';
import { EventLog } from '../../events/events.exports.js';
import { DeviceRepository } from '../record/device.repository.js';
import { DeviceAccessRepository } from './device-access.repository.js';
import { DeviceAccess } from './device-access.service.js';
import { DeviceTokens } from './device-tokens.js';
import { EnrollmentKeyRepository } from './enrollment-key.repository.js';
import { accessEvent, deviceTarget, enrollmentOnRecord } from './on-record.js';
import { FairQueue } from '../../overload/fair-queue.js';

/**
 * Those that use one key wait for each other, and all of them for the audit log. Each that waits in the database holds a
 * connection, which reports need.
 */
const QUEUE = { running: 2, waiting: 10_000, waitingPerKey: 10_000 };

/** Lets devices that have an enrolment key give themselves an identity. */
@Injectable()
export class EnrollmentService {
  private readonly queue = new FairQueue(QUEUE);

  constructor(
    private readonly records: DeviceAccessRepository,
    private readonly keys: EnrollmentKeyRepository,
    private readonly devices: DeviceRepository,
    private readonly tokens: DeviceTokens,
    private readonly access: DeviceAccess,
    private readonly audit: AuditLog,
    private readonly events: EventLog,
  ) {}

  /**
   * Whoever uses the same key, and whoever asks for the same device, waits for the others: no key is used by more devices
   * than it is for, and a device that asks twice at the same time gets the same token twice.
   * @returns the device's token; null: it waits for an operator to accept it
   * @throws DomainError ENROLLMENT_KEY_INVALID, and what decideEnrollment() refuses
   */
  async enroll(key: string, request: EnrollmentRequest, address: string | null): Promise<string | null> {
    if (!isEnrollmentKey(key)) throw invalidKey();
    const enrolling = this.queue.run('', true, () => this.enrollNow(key, request, address));
    if (enrolling) return enrolling;
    throw new DomainError('OVERLOADED', 'Too many devices enrol at the moment; try again later.');
  }

  private async enrollNow(
    key: string,
    request: EnrollmentRequest,
    address: string | null,
  ): Promise<string | null> {
    const { deviceId } = request;
    const token = await this.records.transaction(async (manager) => {
      const keyId = await this.keys.findId(manager, keptKey(key).hash);
      if (keyId === null) throw invalidKey();
      // The device first: it says which other key is to be locked together with this one.
      const record = (await this.records.lock(manager, [deviceId])).get(deviceId);
      if (!record) throw new Error(`The row of device ${deviceId} is not there after it was made.`);
      const rules = (await this.keys.lock(manager, [keyId, record.keyId ?? keyId])).get(keyId);
      if (!rules) throw invalidKey();
      await this.refuseOtherType(manager, request);
      const { state } = record;
      const outcome = decideEnrollment(request, rules, state, record.keyId, new Date());
      if (outcome.kind === 'refused') throw new DomainError(outcome.code, outcome.sentence);
      const { kind, isNew } = outcome;
      const isPending = kind === 'pending';
      const next = isPending
        ? ({ ...state, enrollment: 'pending' } as const)
        : ({ ...state, identity: 'token', enrollment: 'accepted' } as const);
      const isChanged = next.identity !== state.identity || next.enrollment !== state.enrollment;
      if (isNew) await this.keys.moveDevice(manager, record.keyId, rules.id);
      // One that was forgotten since it asked first is on record again, so that it can be listed and accepted.
      await this.devices.addUnseen(manager, [request]);
      if (isNew || isChanged) {
        await this.records.save(manager, [{ deviceId, state: next, keyId: rules.id }]);
        const type = isPending ? 'device.asked_to_enroll' : 'device.enrolled';
        await this.events.record(manager, [accessEvent(type, deviceId, next)]);
        await this.audit.record(manager, {
          by: { deviceId, address },
          action: isPending ? 'device.ask_to_enroll' : 'device.enroll',
          target: deviceTarget(deviceId),
          after: enrollmentOnRecord(request, rules.id),
        });
      }
      return isPending ? null : this.tokens.mint({ deviceId, epoch: state.epoch });
    });
    await this.access.refresh().catch(() => undefined);
    return token;
  }

  /** A key for one type must not take over a device of another. */
  private async refuseOtherType(manager: EntityManager, request: EnrollmentRequest): Promise<void> {
    const { deviceId, deviceType } = request;
    const known = await this.devices.findType(manager, deviceId);
    if (known === null || known === deviceType) return;
    throw new DomainError(
      'ENROLLMENT_DEVICE_TYPE',
      `Device ${deviceId} is known as another type than ${deviceType}: an admin must make its token.`,
    );
  }
}

const invalidKey = (): DomainError =>
  new DomainError('ENROLLMENT_KEY_INVALID', 'The enrolment key is not one of this server.');
