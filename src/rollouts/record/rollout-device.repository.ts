import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, Repository, type EntityManager } from 'typeorm';
import type { Instant } from '../../domain/instant.js';
import type { DeviceState, RolloutDevice } from '../../domain/rollout/device-events.js';
import type { Unwell } from '../../domain/rollout/evidence-series.js';
import { BLOCK_SIZE, type PartKey } from '../../domain/rollout/parts.js';
import { RolloutDeviceEntity } from './rollout-device.entity.js';

/** A row of the table, in the words of the rule. */
export interface OfferedDevice extends RolloutDevice {
  readonly rolloutId: number;
  readonly deviceId: number;
  readonly previousVersion: string | null;
  readonly previousBuild: number | null;
  readonly bootIds: readonly number[];
  readonly changedAt: Instant;
  readonly errorMessage: string | null;
  readonly excuse: string | null;
}

/** What counts failures and puts them into parts. */
export type BadDevice = Pick<RolloutDevice, 'seq' | 'state' | 'site' | 'installingAt' | 'groups'>;
type Grouped = Pick<RolloutDeviceEntity, 'hwRevision' | 'chipRevision' | 'previousVersion'>;
type BadRow = Omit<BadDevice, 'groups'> & Grouped;

/** Devices in one state that are in the same groups and the same block. */
export interface UnconfirmedCount {
  readonly state: DeviceState;
  readonly groups: readonly PartKey[];
  readonly block: number;
  readonly devices: number;
}

/** What devices are compared by to find what the failed have in common. */
export type ComparedDevice = Pick<OfferedDevice, 'deviceId' | 'state' | 'groups'>;

/** An offer, as the servers remember those that are not confirmed. */
export interface RememberedOffer {
  readonly rolloutId: number;
  readonly deviceId: number;
  readonly seq: number;
  readonly state: DeviceState;
  readonly attempts: number;
  readonly isInstalling: boolean;
  /** Boots that it was seen in until it began to install. */
  readonly bootIds: readonly number[];
}

/** A row of {@link RememberedOffer}, whose numbers the driver leaves as they are written. */
type RememberedRow = Omit<RememberedOffer, 'bootIds'> & { readonly bootIds: readonly unknown[] };

const REMEMBERED = `rollout_id AS "rolloutId", device_id AS "deviceId", seq, state, attempts, boot_ids AS "bootIds",
  installing_at IS NOT NULL AS "isInstalling"`;
const remembered = (row: RememberedRow): RememberedOffer => ({ ...row, bootIds: row.bootIds.map(Number) });

const timeOf = (place: string): string => `timestamptz 'epoch' + ${place} * interval '1 microsecond'`;

/** The devices that rollouts have offered their firmware. Writes within the transaction of the caller. */
@Injectable()
export class RolloutDeviceRepository {
  constructor(
    @InjectRepository(RolloutDeviceEntity) private readonly devices: Repository<RolloutDeviceEntity>,
  ) {}

  /** Rows of devices that are in none of these rollouts are missing. The rollouts are locked where rows will be changed. */
  async find(
    rolloutIds: readonly number[],
    deviceIds: readonly number[],
    manager: EntityManager = this.devices.manager,
  ): Promise<OfferedDevice[]> {
    const rows = await manager.findBy(RolloutDeviceEntity, {
      rolloutId: In([...rolloutIds]),
      deviceId: In([...deviceIds]),
    });
    return rows.map(fromRow);
  }

  /** Those in these states, in the order of their offers. */
  async findIn(
    rolloutId: number,
    states: readonly DeviceState[],
    manager: EntityManager = this.devices.manager,
  ): Promise<OfferedDevice[]> {
    const rows = await manager.find(RolloutDeviceEntity, {
      where: { rolloutId, state: In([...states]) },
      order: { seq: 'ASC' },
    });
    return rows.map(fromRow);
  }

  /** What is to be known of the devices that have failed or are silent. There may be thousands. */
  async findBad(rolloutId: number, manager: EntityManager): Promise<BadDevice[]> {
    const rows = await manager.query<BadRow[]>(
      `SELECT seq, state, site, hw_revision AS "hwRevision", chip_revision AS "chipRevision",
              previous_version AS "previousVersion",
              (extract(epoch FROM installing_at) * 1000000)::bigint AS "installingAt"
         FROM rollout_device WHERE rollout_id = $1 AND state IN ('failed', 'silent')`,
      [rolloutId],
    );
    return rows.map(({ seq, state, site, installingAt, ...row }) => ({
      seq,
      state,
      site,
      installingAt,
      groups: groupsIn(row),
    }));
  }

  /**
   * Devices of a rollout that may have been silent for too long, or whose offer may be over, by clocks that never stood
   * still. In the order of their offers.
   */
  async findDue(
    manager: EntityManager,
    rolloutId: number,
    due: { readonly installingBefore: Instant; readonly offeredBefore: Instant },
    after: number,
    limit: number,
  ): Promise<OfferedDevice[]> {
    const rows = await manager
      .createQueryBuilder(RolloutDeviceEntity, 'device')
      .where('device.rolloutId = :rolloutId AND device.state = :state AND device.seq > :after', {
        rolloutId,
        state: 'pending',
        after,
      })
      .andWhere(
        '(device.installingAt <= :installing OR device.installingAt IS NULL AND device.offeredAt <= :offered)',
        { installing: dateOf(due.installingBefore), offered: dateOf(due.offeredBefore) },
      )
      .orderBy('device.seq')
      .limit(limit)
      .getMany();
    return rows.map(fromRow);
  }

  /**
   * Devices that failed or are silent in the last of these rollouts that offered them its firmware.
   * @param deviceIds null: all
   */
  async findFailed(
    manager: EntityManager,
    rolloutIds: readonly number[],
    deviceIds: readonly number[] | null,
  ): Promise<number[]> {
    const rows = await manager.query<{ id: number }[]>(
      `SELECT device_id AS id FROM rollout_device AS failed
        WHERE rollout_id = ANY($1::bigint[]) AND state IN ('failed', 'silent')
          AND ($2::bigint[] IS NULL OR device_id = ANY($2::bigint[]))
          AND NOT EXISTS (SELECT FROM rollout_device AS later
                           WHERE later.device_id = failed.device_id AND later.rollout_id = ANY($1::bigint[])
                             AND later.rollout_id > failed.rollout_id)`,
      [rolloutIds, deviceIds],
    );
    return rows.map((row) => row.id);
  }

  /** The newest offers first. @param state null: all */
  async findPage(
    rolloutId: number,
    state: DeviceState | null,
    skip: number,
    take: number,
  ): Promise<{ devices: OfferedDevice[]; total: number }> {
    const [rows, total] = await this.devices.findAndCount({
      where: { rolloutId, ...(state !== null && { state }) },
      order: { seq: 'DESC' },
      skip,
      take,
    });
    return { devices: rows.map(fromRow), total };
  }

  /** Of the devices that are not confirmed: these are few, whatever the size of the rollout. */
  async countUnconfirmed(rolloutId: number): Promise<UnconfirmedCount[]> {
    const rows = await this.devices.query<(Omit<UnconfirmedCount, 'groups'> & Grouped)[]>(
      `SELECT state, hw_revision AS "hwRevision", chip_revision AS "chipRevision", previous_version AS "previousVersion",
              (seq + ${BLOCK_SIZE - 1}) / ${BLOCK_SIZE} AS block, count(*) AS devices
         FROM rollout_device
        WHERE rollout_id = $1 AND state IN ('pending', 'failed', 'silent', 'released', 'excused')
        GROUP BY 1, 2, 3, 4, 5`,
      [rolloutId],
    );
    return rows.map(({ state, block, devices, ...row }) => ({
      state,
      block,
      devices,
      groups: groupsIn(row),
    }));
  }

  /** Devices that failed, are silent or do not count, in the order of their offers. */
  findUnwell(rolloutId: number, limit: number): Promise<Unwell[]> {
    return this.devices.query<Unwell[]>(
      `SELECT seq, state, site, (extract(epoch FROM installing_at) * 1000000)::bigint AS "installingAt"
         FROM rollout_device WHERE rollout_id = $1 AND state IN ('failed', 'silent', 'released') ORDER BY seq LIMIT $2`,
      [rolloutId, limit],
    );
  }

  /** What is compared of the devices that were offered the firmware last, the newest first. */
  async findNewest(rolloutId: number, limit: number): Promise<ComparedDevice[]> {
    const rows = await this.devices.query<(Omit<ComparedDevice, 'groups'> & Grouped)[]>(
      `SELECT device_id AS "deviceId", state, hw_revision AS "hwRevision", chip_revision AS "chipRevision",
              previous_version AS "previousVersion"
         FROM rollout_device WHERE rollout_id = $1 AND state <> 'released' ORDER BY seq DESC LIMIT $2`,
      [rolloutId, limit],
    );
    return rows.map(({ deviceId, state, ...row }) => ({ deviceId, state, groups: groupsIn(row) }));
  }

  async insert(manager: EntityManager, devices: readonly OfferedDevice[]): Promise<void> {
    if (devices.length > 0) await manager.insert(RolloutDeviceEntity, devices.map(toRow));
  }

  /** What events made of rows that there are. */
  async update(manager: EntityManager, devices: readonly OfferedDevice[]): Promise<void> {
    if (devices.length === 0) return;
    await manager.query(
      `UPDATE rollout_device AS known
          SET state = new.state, attempts = new.attempts, is_unreported = new.is_unreported,
              installing_at = ${timeOf('new.installing_at')}, boot_ids = new.boot_ids::bigint[],
              error_message = new.error_message, excuse = new.excuse, changed_at = ${timeOf('new.changed_at')}
         FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::int[], $5::boolean[], $6::bigint[], $7::text[],
                     $8::text[], $9::text[], $10::bigint[])
              AS new (rollout_id, device_id, state, attempts, is_unreported, installing_at, boot_ids, error_message,
                      excuse, changed_at)
        WHERE known.rollout_id = new.rollout_id AND known.device_id = new.device_id`,
      [
        devices.map(({ rolloutId }) => rolloutId),
        devices.map(({ deviceId }) => deviceId),
        devices.map(({ state }) => state),
        devices.map(({ attempts }) => attempts),
        devices.map(({ isUnreported }) => isUnreported),
        devices.map(({ installingAt }) => installingAt),
        devices.map(({ bootIds }) => `{${bootIds.join(',')}}`),
        devices.map(({ errorMessage }) => errorMessage),
        devices.map(({ excuse }) => excuse),
        devices.map(({ changedAt }) => changedAt),
      ],
    );
  }

  /**
   * Offers that are not confirmed and were made after the last one that is remembered of their rollout.
   * @param after the number of that offer, by the id of the rollout
   */
  async findNewOffers(after: ReadonlyMap<number, number>): Promise<RememberedOffer[]> {
    const rows = await this.devices.query<RememberedRow[]>(
      `SELECT ${REMEMBERED}
         FROM unnest($1::bigint[], $2::int[]) AS known (id, last),
              LATERAL (SELECT * FROM rollout_device
                        WHERE rollout_id = known.id AND seq > known.last
                          AND state IN ('pending', 'failed', 'silent', 'released', 'excused')) AS offer`,
      [[...after.keys()], [...after.values()]],
    );
    return rows.map(remembered);
  }

  /** Those offers, whatever has become of them. */
  async findOffers(
    keys: readonly { readonly rolloutId: number; readonly deviceId: number }[],
  ): Promise<RememberedOffer[]> {
    const rows = await this.devices.query<RememberedRow[]>(
      `SELECT ${REMEMBERED}
         FROM unnest($1::bigint[], $2::bigint[]) AS asked (id, of_device)
         JOIN rollout_device ON rollout_id = asked.id AND device_id = of_device`,
      [keys.map(({ rolloutId }) => rolloutId), keys.map(({ deviceId }) => deviceId)],
    );
    return rows.map(remembered);
  }
}

const instantOf = (time: Date): Instant => time.getTime() * 1_000;
const dateOf = (instant: Instant): Date => new Date(instant / 1_000);

function groupsIn({ hwRevision, chipRevision, previousVersion }: Grouped): PartKey[] {
  const groups: readonly (readonly [PartKey['dimension'], string | null])[] = [
    ['hw_revision', hwRevision],
    ['chip_revision', chipRevision],
    ['previous_version', previousVersion],
  ];
  return groups.flatMap(([dimension, value]) => (value === null ? [] : [{ dimension, value }]));
}

function fromRow(row: RolloutDeviceEntity): OfferedDevice {
  const { previousVersion, installingAt } = row;
  return {
    rolloutId: row.rolloutId,
    deviceId: row.deviceId,
    seq: row.seq,
    state: row.state,
    groups: groupsIn(row),
    site: row.site,
    previousVersion,
    previousBuild: row.previousBuild,
    // PostgreSQL's driver leaves the numbers of an array as they are written.
    bootIds: row.bootIds.map(Number),
    attempts: row.attempts,
    isUnreported: row.isUnreported,
    offeredAt: instantOf(row.offeredAt),
    installingAt: installingAt && instantOf(installingAt),
    changedAt: instantOf(row.changedAt),
    errorMessage: row.errorMessage,
    excuse: row.excuse,
  };
}

function toRow(device: OfferedDevice): Partial<RolloutDeviceEntity> {
  const valueOf = (dimension: PartKey['dimension']): string | null =>
    device.groups.find((group) => group.dimension === dimension)?.value ?? null;
  return {
    rolloutId: device.rolloutId,
    deviceId: device.deviceId,
    seq: device.seq,
    state: device.state,
    hwRevision: valueOf('hw_revision'),
    chipRevision: valueOf('chip_revision'),
    previousVersion: device.previousVersion,
    previousBuild: device.previousBuild,
    site: device.site,
    bootIds: [...device.bootIds],
    attempts: device.attempts,
    isUnreported: device.isUnreported,
    offeredAt: dateOf(device.offeredAt),
    installingAt: device.installingAt === null ? null : dateOf(device.installingAt),
    changedAt: dateOf(device.changedAt),
    errorMessage: device.errorMessage,
    excuse: device.excuse,
  };
}
