import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type EntityManager } from 'typeorm';
import { inTransaction } from '../../database/transaction.js';
import { MAX_TAGS, type OperatorFacts } from '../../domain/device-change.js';
import { askedAttributes, type AskedFacts, type TargetFacts } from '../../domain/filter/asked-facts.js';
import { foldName } from '../../domain/filter/filter.js';
import { DeviceEntity } from './device.entity.js';
import { isAmong, type SomeDevices } from './some-devices.js';
import { tellFacts } from './told-facts.js';

/** What operators say of one device. */
export interface DescribedDevice extends OperatorFacts {
  readonly id: number;
}

/** What is to become of the labels of many devices. */
export interface LabelChange {
  readonly addTags: readonly string[];
  readonly removeTags: readonly string[];
  /** null: they keep theirs. */
  readonly channel: string | null;
}

/** What operators say of a device, but for the groups that they put it into. */
export type SaidOfDevice = { readonly id: number } & Omit<TargetFacts, 'groups'>;
/** Of which nothing is left out. */
export type DeviceLabels = Pick<TargetFacts, 'tags' | 'attributes'>;

/** What operators say of devices. Writes within the transaction of the caller. */
@Injectable()
export class DeviceDescriptionRepository {
  constructor(@InjectRepository(DeviceEntity) private readonly devices: Repository<DeviceEntity>) {}

  /** For programs that run beside the server. */
  static of(manager: EntityManager): DeviceDescriptionRepository {
    return new DeviceDescriptionRepository(manager.getRepository(DeviceEntity));
  }

  /** For changes of many devices, too: each statement is short, but there may be many. */
  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return inTransaction(this.devices.manager, work);
  }

  async findLabels(
    manager: EntityManager,
    deviceIds: readonly number[],
  ): Promise<ReadonlyMap<number, DeviceLabels>> {
    const rows = await manager.query<(DeviceLabels & { id: number })[]>(
      `SELECT id, tags, coalesce(operator_attributes, '{}') AS attributes FROM device WHERE id = ANY($1::bigint[])`,
      [deviceIds],
    );
    return new Map(rows.map(({ id, tags, attributes }) => [id, { tags, attributes }]));
  }

  /** Devices of which operators say something that may be asked, in no order. */
  findSaid(some: SomeDevices, asked: AskedFacts): Promise<SaidOfDevice[]> {
    const { tags, channels, names } = asked;
    const [among, values] = isAmong(some, 'id', 6);
    return this.devices.query<SaidOfDevice[]>(
      `SELECT id, tags, channel, CASE WHEN $3 THEN name END AS name,
              CASE WHEN $4::text[] <> '{}' THEN coalesce(operator_attributes, '{}') ELSE '{}' END AS attributes
         FROM device
        WHERE ${among} AND (tags && $1::text[] OR channel = ANY($2::text[]) AND channel <> 'stable'
              OR $5 AND channel <> 'stable' OR $3 AND name IS NOT NULL OR operator_attributes ?| $4::text[])`,
      [[...tags], [...channels], names.size > 0, askedAttributes(asked), channels.has('stable'), ...values],
    );
  }

  /** Locks the rows until the transaction ends, in the order of the ids. Unknown devices are passed over. */
  async lockDescribed(manager: EntityManager, deviceIds: readonly number[]): Promise<DescribedDevice[]> {
    return manager.query<DescribedDevice[]>(
      `SELECT id, name, channel, tags, coalesce(operator_attributes, '{}') AS attributes, notes
         FROM device WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE`,
      [deviceIds],
    );
  }

  /** What devices say of themselves, by their ids. */
  async ownAttributes(
    manager: EntityManager,
    deviceIds: readonly number[],
  ): Promise<ReadonlyMap<number, OperatorFacts['attributes']>> {
    const rows = await manager.query<Pick<DescribedDevice, 'id' | 'attributes'>[]>(
      `SELECT id, coalesce(own_attributes, '{}') AS attributes FROM device WHERE id = ANY($1::bigint[])`,
      [deviceIds],
    );
    return new Map(rows.map(({ id, attributes }) => [id, attributes]));
  }

  /** Their rows are locked by then. Each device at most once. */
  async describe(manager: EntityManager, devices: readonly DescribedDevice[]): Promise<void> {
    await manager.query(
      `UPDATE device AS known
          SET name = new.name, folded_name = new.folded, channel = new.channel, notes = new.notes,
              tags = ARRAY(SELECT jsonb_array_elements_text(new.tags)),
              operator_attributes = nullif(new.attributes, '{}')
         FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::jsonb[])
              AS new (id, name, folded, channel, notes, tags, attributes)
        WHERE known.id = new.id`,
      [
        devices.map(({ id }) => id),
        devices.map(({ name }) => name),
        devices.map(({ name }) => (name === null ? null : foldName(name))),
        devices.map(({ channel }) => channel),
        devices.map(({ notes }) => notes),
        devices.map(({ tags }) => JSON.stringify(tags)),
        devices.map(({ attributes }) => JSON.stringify(attributes)),
      ],
    );
    await tellFacts(
      manager,
      devices.map(({ id }) => id),
    );
  }

  /**
   * Their rows are locked by then. Rows that have the labels already stay as they are.
   * @returns a device that has more tags than it may have afterwards; null: none
   */
  async label(
    manager: EntityManager,
    deviceIds: readonly number[],
    { addTags, removeTags, channel }: LabelChange,
  ): Promise<number | null> {
    const [rows] = await manager.query<[{ id: number; tags: number }[], number]>(
      `UPDATE device
          SET tags = ARRAY(SELECT DISTINCT tag COLLATE "C" FROM unnest(tags || $2::text[]) AS one (tag)
                            WHERE tag <> ALL($3::text[]) ORDER BY 1),
              channel = coalesce($4, channel)
        WHERE id = ANY($1::bigint[]) AND (NOT tags @> $2::text[] OR tags && $3::text[] OR channel <> $4)
       RETURNING id, cardinality(tags) AS tags`,
      [deviceIds, addTags, removeTags, channel],
    );
    await tellFacts(
      manager,
      rows.map(({ id }) => id),
    );
    return rows.find(({ tags }) => tags > MAX_TAGS)?.id ?? null;
  }
}
