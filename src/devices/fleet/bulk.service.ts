import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditLog } from '../../audit/audit.exports.js';
import { MAX_TAGS } from '../../domain/device-change.js';
import { DomainError } from '../../domain/errors.js';
import type { ResolvedFilter } from '../../domain/filter/filter.js';
import type { Principal } from '../../domain/principal.js';
import { DeviceDescriptionRepository, type LabelChange } from '../record/device-description.repository.js';
import { DeviceRepository } from '../record/device.repository.js';
import { FilterReader } from '../filter/filter-reader.js';
import { DeviceAccessRepository } from '../identity/device-access.repository.js';
import { DeviceAccess } from '../identity/device-access.service.js';
import { FleetRepository } from './fleet.repository.js';
import { ForgottenDevices } from './forgotten-devices.js';
import { bulkOnRecord } from './on-record.js';

/** What is to become of all devices that match a filter. */
export interface BulkRequest {
  readonly q: string;
  /** The number of them. */
  readonly expect: number;
  /** null: they keep theirs. */
  readonly labels: LabelChange | null;
  /** null: it stays as it is. */
  readonly isBlocked: boolean | null;
  /** They are forgotten, and nothing else. */
  readonly isDeleted: boolean;
}

/** Devices in one statement, which takes about a tenth of a second. */
const BATCH = 5_000;

/**
 * Changes many devices in one transaction, a batch of them at a time: all of them or none, and each statement is a short
 * one. Which they are is asked again once they are locked, so that those are changed that match then. Until the end of it check-ins of the devices that were changed already wait in memory, and their reports are asked to
 * come again.
 */
@Injectable()
export class BulkService {
  constructor(
    private readonly fleet: FleetRepository,
    private readonly filters: FilterReader,
    private readonly devices: DeviceRepository,
    private readonly descriptions: DeviceDescriptionRepository,
    private readonly records: DeviceAccessRepository,
    private readonly access: DeviceAccess,
    private readonly forgotten: ForgottenDevices,
    private readonly audit: AuditLog,
  ) {}

  /**
   * @returns the number of devices
   * @throws DomainError FILTER_INVALID, DEVICE_COUNT_CHANGED, and VALIDATION_FAILED when a device would have too many tags
   */
  async run(principal: Principal, request: BulkRequest): Promise<number> {
    const filter = await this.filters.read(request.q);
    const count = await this.descriptions.transaction(async (manager) => {
      const ids = await this.lockMatching(manager, filter, request.expect);
      if (ids.length === 0) return 0;
      for (const batch of batchesOf(ids)) await this.change(manager, batch, request);
      await this.audit.record(manager, {
        by: principal,
        action: request.isDeleted ? 'device.forget_many' : 'device.change_many',
        target: `devices:${ids.length}`,
        after: bulkOnRecord(request),
      });
      return ids.length;
    });
    // It is committed, whether it can be read back now or in a moment.
    if (request.isBlocked !== null) await this.access.refresh().catch(() => undefined);
    return count;
  }

  /** @throws DomainError DEVICE_COUNT_CHANGED, also when others have changed meanwhile which devices match */
  private async lockMatching(
    manager: EntityManager,
    filter: ResolvedFilter,
    expected: number,
  ): Promise<readonly number[]> {
    const found = await this.fleet.findIds(manager, filter);
    if (found.length !== expected) throw countChanged(found.length, expected);
    const needsAccess = await this.fleet.needsAccess(manager, filter);
    for (const batch of batchesOf(found)) {
      await this.devices.lock(manager, batch);
      if (needsAccess) await this.records.lockExisting(manager, batch);
    }
    const ids = await this.fleet.findIds(manager, filter);
    if (ids.length !== expected) throw countChanged(ids.length, expected);
    if (ids.some((id, index) => id !== found[index])) throw othersMatch();
    return ids;
  }

  private async change(
    manager: EntityManager,
    ids: readonly number[],
    { labels, isBlocked, isDeleted }: BulkRequest,
  ): Promise<void> {
    if (isDeleted) await this.forgotten.forget(manager, ids);
    if (isBlocked !== null) {
      const records = [...(await this.records.lock(manager, ids)).values()];
      const changed = records.filter(({ state }) => state.isBlocked !== isBlocked);
      await this.records.save(
        manager,
        changed.map((record) => ({ ...record, state: { ...record.state, isBlocked } })),
      );
    }
    const overfull = labels === null ? null : await this.descriptions.label(manager, ids, labels);
    if (overfull === null) return;
    throw new DomainError(
      'VALIDATION_FAILED',
      `Device ${overfull} would have more than ${MAX_TAGS} tags; no device was changed.`,
    );
  }
}

function* batchesOf(ids: readonly number[]): Generator<readonly number[]> {
  for (let at = 0; at < ids.length; at += BATCH) yield ids.slice(at, at + BATCH);
}

const othersMatch = (): DomainError =>
  new DomainError(
    'DEVICE_COUNT_CHANGED',
    'The filter matches other devices than a moment ago; nothing was changed.',
  );

const countChanged = (count: number, expected: number): DomainError =>
  new DomainError(
    'DEVICE_COUNT_CHANGED',
    `The filter matches ${count === 1 ? '1 device' : `${count} devices`}, not ${expected}; nothing was changed.`,
  );
