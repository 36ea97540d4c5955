import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, Repository, type EntityManager } from 'typeorm';
import { inTransaction, type TransactionLimits } from '../../database/transaction.js';
import { foldName } from '../../domain/filter/filter.js';
import { isAmong, type SomeDevices } from '../record/some-devices.js';
import { tellFacts } from '../record/told-facts.js';
import { GroupEntity } from './group.entity.js';

export type Group = Readonly<Omit<GroupEntity, 'foldedName'>>;
export type NewGroup = Pick<Group, 'name' | 'description' | 'filter'>;

/** Told when filters that name a group may find other devices, but for members: those are facts of the devices. */
const GROUP_CHANGED = 'group_changed';

/** The groups and their members. Writes within the transaction of the caller. */
@Injectable()
export class GroupRepository {
  constructor(@InjectRepository(GroupEntity) private readonly groups: Repository<GroupEntity>) {}

  transaction<T>(
    work: (manager: EntityManager) => Promise<T>,
    limits: Partial<TransactionLimits> = {},
  ): Promise<T> {
    return inTransaction(this.groups.manager, work, limits);
  }

  /** In the order of their names. */
  async findPage(skip: number, take: number): Promise<{ groups: Group[]; total: number }> {
    const [groups, total] = await this.groups.findAndCount({ order: { foldedName: 'ASC' }, skip, take });
    return { groups, total };
  }

  findById(id: number): Promise<Group | null> {
    return this.groups.findOneBy({ id });
  }

  /** @param names folded */
  findByNames(names: readonly string[]): Promise<GroupEntity[]> {
    return this.groups.findBy({ foldedName: In(names) });
  }

  /** They stay as they are until the transaction ends. @param names folded */
  holdByNames(manager: EntityManager, names: readonly string[]): Promise<GroupEntity[]> {
    return manager.find(GroupEntity, {
      where: { foldedName: In(names) },
      order: { id: 'ASC' },
      lock: { mode: 'pessimistic_read' },
    });
  }

  /** Locks the group until the transaction ends, so that its members are changed by one after the other. */
  lock(manager: EntityManager, id: number): Promise<Group | null> {
    return manager.findOne(GroupEntity, { where: { id }, lock: { mode: 'pessimistic_write' } });
  }

  async insert(manager: EntityManager, group: NewGroup): Promise<Group> {
    const inserted = await manager.insert(GroupEntity, { ...group, foldedName: foldName(group.name) });
    // Read again: what an insert returns has its id as a text.
    const [{ id }] = inserted.raw as [{ id: number }];
    await this.tell(manager);
    return manager.findOneByOrFail(GroupEntity, { id });
  }

  /** The group is locked. */
  async update(manager: EntityManager, id: number, change: Partial<NewGroup>): Promise<Group> {
    const folded = change.name === undefined ? {} : { foldedName: foldName(change.name) };
    await manager.update(GroupEntity, { id }, { ...change, ...folded, updatedAt: () => 'now()' });
    if (change.name !== undefined || change.filter !== undefined) await this.tell(manager);
    return manager.findOneByOrFail(GroupEntity, { id });
  }

  async delete(manager: EntityManager, id: number): Promise<void> {
    await manager.delete(GroupEntity, { id });
    await this.tell(manager);
  }

  /** Of the groups that have any. */
  async countMembers(
    ids: readonly number[],
    manager: EntityManager = this.groups.manager,
  ): Promise<ReadonlyMap<number, number>> {
    const rows = await manager.query<{ id: number; members: number }[]>(
      `SELECT group_id AS id, count(*) AS members FROM device_group_member
        WHERE group_id = ANY($1::bigint[]) GROUP BY group_id`,
      [ids],
    );
    return new Map(rows.map(({ id, members }) => [id, members]));
  }

  /**
   * Of the devices with ids above one and up to another, exactly these are members afterwards. The group is locked.
   * @param deviceIds in order, each once, and on record
   */
  async replaceMembers(
    manager: EntityManager,
    groupId: number,
    [above, upTo]: readonly [number, number],
    deviceIds: readonly number[],
  ): Promise<void> {
    const [gone] = await manager.query<[{ id: number }[], number]>(
      `DELETE FROM device_group_member
        WHERE group_id = $1 AND device_id > $2 AND device_id <= $3 AND device_id <> ALL($4::bigint[])
       RETURNING device_id AS id`,
      [groupId, above, upTo, deviceIds],
    );
    const added = await manager.query<{ id: number }[]>(
      `INSERT INTO device_group_member (group_id, device_id) SELECT $1, id FROM unnest($2::bigint[]) AS member (id)
       ON CONFLICT DO NOTHING RETURNING device_id AS id`,
      [groupId, deviceIds],
    );
    await tellFacts(
      manager,
      [...gone, ...added].map(({ id }) => id),
    );
  }

  /** Of these groups, which of these devices are members of. Devices that are in none are left out. */
  async findGroupsOf(
    some: SomeDevices,
    groupIds: readonly number[],
  ): Promise<{ deviceId: number; groups: number[] }[]> {
    const [among, values] = isAmong(some, 'device_id', 2);
    const rows = await this.groups.query<{ deviceId: number; groups: unknown[] }[]>(
      `SELECT device_id AS "deviceId", array_agg(group_id) AS groups FROM device_group_member
        WHERE group_id = ANY($1::bigint[]) AND ${among} GROUP BY device_id`,
      [groupIds, ...values],
    );
    // PostgreSQL's driver leaves the numbers of an array as they are written.
    return rows.map(({ deviceId, groups }) => ({ deviceId, groups: groups.map(Number) }));
  }

  private async tell(manager: EntityManager): Promise<void> {
    await manager.query('SELECT pg_notify($1, $2)', [GROUP_CHANGED, '']);
  }
}
