import { Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '../../audit/audit.exports.js';
import { keptKey, newEnrollmentKey } from '../../domain/enrollment-key.js';
import { DomainError } from '../../domain/errors.js';
import type { Principal } from '../../domain/principal.js';
import { quoted } from '../../domain/quoted.js';
import { DeviceAccessRepository } from './device-access.repository.js';
import type { EnrollmentKeyEntity } from './enrollment-key.entity.js';
import { EnrollmentKeyRepository, type NewEnrollmentKey } from './enrollment-key.repository.js';
import { keyOnRecord, keyTarget } from './on-record.js';

/** What an admin chooses. */
export type EnrollmentKeyChoice = Omit<NewEnrollmentKey, 'keyHash' | 'keyPrefix'>;

@Injectable()
export class EnrollmentKeysService {
  private readonly logger = new Logger('Devices');

  constructor(
    private readonly keys: EnrollmentKeyRepository,
    private readonly records: DeviceAccessRepository,
    private readonly audit: AuditLog,
  ) {}

  list(_principal: Principal): Promise<EnrollmentKeyEntity[]> {
    return this.keys.findAll();
  }

  /** @returns the key itself, too, which nobody can find out afterwards */
  async create(
    principal: Principal,
    choice: EnrollmentKeyChoice,
  ): Promise<{ kept: EnrollmentKeyEntity; key: string }> {
    if (choice.expiresAt && choice.expiresAt <= new Date()) {
      throw new DomainError('VALIDATION_FAILED', 'The end of an enrolment key must be in the future.');
    }
    const key = newEnrollmentKey();
    const { hash: keyHash, prefix: keyPrefix } = keptKey(key);
    const kept = await this.records.transaction(async (manager) => {
      const made = await this.keys.insert(manager, { ...choice, keyHash, keyPrefix });
      await this.audit.record(manager, {
        by: principal,
        action: 'enrollment_key.create',
        target: keyTarget(made.id),
        after: keyOnRecord(made),
      });
      return made;
    });
    this.logger.log(`${quoted(principal.name)} made the enrolment key ${kept.id} for ${kept.deviceType}.`);
    return { kept, key };
  }

  /** Devices that have enrolled with it keep their tokens. @throws DomainError ENROLLMENT_KEY_NOT_FOUND */
  async revoke(principal: Principal, id: number): Promise<void> {
    await this.records.transaction(async (manager) => {
      const key = (await this.keys.lock(manager, [id])).get(id);
      if (!key) {
        throw new DomainError('ENROLLMENT_KEY_NOT_FOUND', `There is no enrolment key with the id ${id}.`);
      }
      if (key.revokedAt) return;
      await this.keys.revoke(manager, id);
      await this.audit.record(manager, {
        by: principal,
        action: 'enrollment_key.revoke',
        target: keyTarget(id),
        before: keyOnRecord(key),
      });
    });
    this.logger.log(`${quoted(principal.name)} revoked the enrolment key ${id}.`);
  }
}
