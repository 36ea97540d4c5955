import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit.exports.js';
import { decideEnrollment, type EnrollmentRequest } from '../../domain/enrollment.js';
import { isEnrollmentKey, keptKey } from '../../domain/enrollment-key.js';
import { DomainError } from '../../domain/errors.js';
import { DeviceRepository } from '../device.repository.js';
import { DeviceAccessRepository } from './device-access.repository.js';
import { DeviceAccess } from './device-access.service.js';
import { DeviceTokens } from './device-tokens.js';
import { EnrollmentKeyRepository } from './enrollment-key.repository.js';
import { deviceTarget, enrollmentOnRecord } from './on-record.js';

/** Lets devices that have an enrolment key give themselves an identity. */
@Injectable()
export class EnrollmentService {
  constructor(
    private readonly records: DeviceAccessRepository,
    private readonly keys: EnrollmentKeyRepository,
    private readonly devices: DeviceRepository,
    private readonly tokens: DeviceTokens,
    private readonly access: DeviceAccess,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Whoever uses the same key, and whoever asks for the same device, waits for the others: no key is used by more devices
   * than it is for, and a device that asks twice at the same time gets the same token twice.
   * @returns the device's token; null: it waits for an operator to accept it
   * @throws DomainError ENROLLMENT_KEY_INVALID, and what decideEnrollment() refuses
   */
  async enroll(key: string, request: EnrollmentRequest, address: string | null): Promise<string | null> {
    if (!isEnrollmentKey(key)) throw invalidKey();
    const { deviceId } = request;
    const token = await this.records.transaction(async (manager) => {
      const rules = await this.keys.lockByHash(manager, keptKey(key).hash);
      if (!rules) throw invalidKey();
      const record = (await this.records.lock(manager, [deviceId])).get(deviceId);
      if (!record) throw new Error(`The row of device ${deviceId} is not there after it was made.`);
      const { state } = record;
      const outcome = decideEnrollment(request, rules, state, record.keyId, new Date());
      if (outcome.kind === 'refused') throw new DomainError(outcome.code, outcome.sentence);
      const { kind, isNew } = outcome;
      const isPending = kind === 'pending';
      const next = isPending
        ? ({ ...state, enrollment: 'pending' } as const)
        : ({ ...state, identity: 'token', enrollment: 'accepted' } as const);
      const isChanged = next.identity !== state.identity || next.enrollment !== state.enrollment;
      if (isNew) await this.keys.countDevice(manager, rules.id);
      if (isNew || isChanged) {
        await this.records.save(manager, [{ deviceId, state: next, keyId: rules.id }]);
        await this.devices.addUnseen(manager, [request]);
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
}

const invalidKey = (): DomainError =>
  new DomainError('ENROLLMENT_KEY_INVALID', 'The enrolment key is not one of this server.');
