import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditLog } from '../../audit/audit.exports.js';
import { isTaken, refersToNothing } from '../../database/database-error.js';
import { DomainError } from '../../domain/errors.js';
import { foldName } from '../../domain/filter/filter.js';
import type { Principal } from '../../domain/principal.js';
import { quoted } from '../../domain/quoted.js';
import { isMoving } from '../../domain/rollout/target-rules.js';
import { DeviceRepository } from '../record/device.repository.js';
import { contentOf, readFilterOfGroup } from '../filter/filter-reader.js';
import { GroupRepository, type Group, type NewGroup } from '../filter/group.repository.js';
import { GroupUses } from '../filter/group-uses.js';
import { FleetTurns } from '../fleet/fleet-turns.js';
import { GroupDevices } from './group-devices.js';
import { groupOnRecord, groupTarget } from './on-record.js';

export interface CountedGroup extends Group {
  /** Devices that are in it now; null: what its filter finds could not be counted in time. */
  readonly count: number | null;
}

/** What is not there stays as it is. */
export type GroupChange = Partial<Omit<NewGroup, 'filter'> & { readonly filter: string }>;

/** The devices that a request names and that are not on record; nothing was done. */
export interface UnknownDevices {
  readonly unknown: readonly number[];
}

/** Devices that are looked for or written in one statement. */
const BATCH = 10_000;
/** Of which so many are told. */
const MOST_TOLD = 100;

/** Groups of devices, which filters name. */
@Injectable()
export class GroupsService {
  private readonly logger = new Logger('Devices');

  constructor(
    private readonly groups: GroupRepository,
    private readonly devices: DeviceRepository,
    private readonly contents: GroupDevices,
    private readonly turns: FleetTurns,
    private readonly uses: GroupUses,
    private readonly audit: AuditLog,
  ) {}

  async list(
    principal: Principal,
    skip: number,
    limit: number,
  ): Promise<{ groups: CountedGroup[]; total: number }> {
    const { groups, total } = await this.groups.findPage(skip, limit);
    return { groups: await this.counted(principal, groups), total };
  }

  /** @throws DomainError GROUP_NOT_FOUND */
  async get(principal: Principal, id: number): Promise<CountedGroup> {
    return this.countedOne(principal, await this.find(id));
  }

  /** The ids of its devices in order, some at a time. @throws DomainError GROUP_NOT_FOUND */
  async devicesOf(principal: Principal, id: number): Promise<AsyncGenerator<readonly number[]>> {
    return this.contents.findAll(principal, contentOf(await this.find(id)));
  }

  /**
   * @param deviceIds the members of a group without a filter
   * @throws DomainError FILTER_INVALID, GROUP_NAME_TAKEN
   */
  async create(
    principal: Principal,
    choice: NewGroup,
    deviceIds: readonly number[],
  ): Promise<CountedGroup | UnknownDevices> {
    if (choice.filter !== null) readFilterOfGroup(choice.filter);
    return this.withMembers(deviceIds, (members) => this.make(principal, choice, members));
  }

  private async make(
    principal: Principal,
    choice: NewGroup,
    members: readonly number[],
  ): Promise<CountedGroup> {
    const made = await this.transaction(choice.name, async (manager) => {
      const group = await this.groups.insert(manager, choice);
      await this.write(manager, group.id, members);
      await this.audit.record(manager, {
        by: principal,
        action: 'group.create',
        target: groupTarget(group.id),
        after: groupOnRecord(group, members.length),
      });
      return group;
    });
    this.logger.log(`${quoted(principal.name)} made the group ${quoted(made.name)}.`);
    return this.countedOne(principal, made);
  }

  /** @throws DomainError GROUP_NOT_FOUND, FILTER_INVALID, GROUP_NAME_TAKEN, GROUP_HAS_MEMBERS, GROUP_IN_ROLLOUT */
  async change(principal: Principal, id: number, change: GroupChange): Promise<CountedGroup> {
    if (change.filter !== undefined) readFilterOfGroup(change.filter);
    const changed = await this.transaction(change.name, async (manager) => {
      const before = await this.lock(manager, id);
      if (change.filter !== undefined && before.filter === null) {
        throw new DomainError(
          'GROUP_HAS_MEMBERS',
          `The group ${quoted(before.name)} has members, and cannot have a filter as well.`,
        );
      }
      const after = { ...before, ...change };
      const [was, is] = [groupOnRecord(before), groupOnRecord(after)];
      if (JSON.stringify(was) === JSON.stringify(is)) return before;
      if (foldName(after.name) !== foldName(before.name))
        await this.refuseIfUsed(manager, before, 'be renamed');
      else if (after.filter !== null && after.filter !== before.filter && isMoving(contentOf(after)))
        await this.refuseIfUsed(manager, before, 'have status: or seen:, which change by themselves');
      const group = await this.groups.update(manager, id, change);
      await this.audit.record(manager, {
        by: principal,
        action: 'group.change',
        target: groupTarget(id),
        before: was,
        after: is,
      });
      return group;
    });
    return this.countedOne(principal, changed);
  }

  /** What names it finds no devices from then on. @throws DomainError GROUP_NOT_FOUND, GROUP_IN_ROLLOUT */
  async delete(principal: Principal, id: number): Promise<void> {
    const group = await this.groups.transaction(async (manager) => {
      const before = await this.lock(manager, id);
      await this.refuseIfUsed(manager, before, 'be deleted');
      await this.groups.delete(manager, id);
      await this.audit.record(manager, {
        by: principal,
        action: 'group.delete',
        target: groupTarget(id),
        before: groupOnRecord(before),
      });
      return before;
    });
    this.logger.log(`${quoted(principal.name)} deleted the group ${quoted(group.name)}.`);
  }

  /**
   * Exactly these are its members afterwards, or nothing has changed.
   * @throws DomainError GROUP_NOT_FOUND, GROUP_HAS_FILTER
   */
  setMembers(
    principal: Principal,
    id: number,
    deviceIds: readonly number[],
  ): Promise<CountedGroup | UnknownDevices> {
    return this.withMembers(deviceIds, (members) => this.replaceAll(principal, id, members));
  }

  private async replaceAll(
    principal: Principal,
    id: number,
    members: readonly number[],
  ): Promise<CountedGroup> {
    const group = await this.groups.transaction(async (manager) => {
      const before = await this.lock(manager, id);
      if (before.filter !== null) {
        throw new DomainError(
          'GROUP_HAS_FILTER',
          `The group ${quoted(before.name)} has a filter, which finds its members.`,
        );
      }
      const had = (await this.groups.countMembers([id], manager)).get(id) ?? 0;
      await this.write(manager, id, members);
      const after = await this.groups.update(manager, id, {});
      await this.audit.record(manager, {
        by: principal,
        action: 'group.set_members',
        target: groupTarget(id),
        before: { members: had },
        after: { members: members.length },
      });
      return after;
    });
    return { ...group, count: members.length };
  }

  /** A rollout that names the group would find no device any more, or other ones from one moment to the next. */
  private async refuseIfUsed(manager: EntityManager, { name }: Group, what: string): Promise<void> {
    const rollouts = await this.uses.find(manager, foldName(name));
    if (rollouts.length === 0) return;
    const named = `${rollouts.length === 1 ? 'Rollout' : 'Rollouts'} ${rollouts.join(', ')}`;
    throw new DomainError(
      'GROUP_IN_ROLLOUT',
      `${named} ${rollouts.length === 1 ? 'names' : 'name'} the group ${quoted(name)}, so that it cannot ${what}. Finish or abort ${rollouts.length === 1 ? 'it' : 'them'} first.`,
    );
  }

  private async write(manager: EntityManager, id: number, members: readonly number[]): Promise<void> {
    let above = 0;
    for (const batch of batchesOf(members)) {
      const upTo = batch.at(-1) ?? above;
      await this.groups.replaceMembers(manager, id, [above, upTo], batch);
      above = upTo;
    }
    await this.groups.replaceMembers(manager, id, [above, Number.MAX_SAFE_INTEGER], []);
  }

  /** The first of those that are not on record. */
  private async unknownAmong(deviceIds: readonly number[]): Promise<number[]> {
    const unknown: number[] = [];
    for (const batch of batchesOf(deviceIds)) {
      const known = new Set(await this.devices.findExisting(batch));
      unknown.push(...batch.filter((id) => !known.has(id)));
      if (unknown.length >= MOST_TOLD) return unknown.slice(0, MOST_TOLD);
    }
    return unknown;
  }

  /** Does it with these members, or nothing if one of them is not on record. */
  private async withMembers(
    deviceIds: readonly number[],
    work: (members: readonly number[]) => Promise<CountedGroup>,
  ): Promise<CountedGroup | UnknownDevices> {
    const members = [...new Set(deviceIds)].sort((a, b) => a - b);
    const unknown = await this.unknownAmong(members);
    if (unknown.length > 0) return { unknown };
    try {
      return await work(members);
    } catch (error) {
      // A device was forgotten since.
      if (!refersToNothing(error)) throw error;
      return { unknown: await this.unknownAmong(members) };
    }
  }

  /** @param name that the group gets */
  private async transaction<T>(
    name: string | undefined,
    work: (manager: EntityManager) => Promise<T>,
  ): Promise<T> {
    try {
      return await this.groups.transaction(work);
    } catch (error) {
      if (name === undefined || !isTaken(error)) throw error;
      throw new DomainError('GROUP_NAME_TAKEN', `There is a group ${quoted(name)} already.`);
    }
  }

  private async find(id: number): Promise<Group> {
    return (await this.groups.findById(id)) ?? notFound(id);
  }

  private async lock(manager: EntityManager, id: number): Promise<Group> {
    return (await this.groups.lock(manager, id)) ?? notFound(id);
  }

  private async countedOne(principal: Principal, group: Group): Promise<CountedGroup> {
    const [counted] = await this.counted(principal, [group]);
    return counted ?? { ...group, count: 0 };
  }

  private async counted(principal: Principal, groups: readonly Group[]): Promise<CountedGroup[]> {
    const withFilter = groups.filter(({ filter }) => filter !== null);
    const others = groups.filter(({ filter }) => filter === null).map(({ id }) => id);
    const members =
      others.length === 0
        ? new Map<number, number>()
        : await this.turns.take(principal, (manager) => this.groups.countMembers(others, manager));
    const found = await this.contents.countEach(principal, withFilter.map(contentOf));
    const countOf = ({ id, filter }: Group, index: number): number | null =>
      filter === null ? (members.get(id) ?? 0) : (found[index] ?? null);
    return groups.map((group) => ({ ...group, count: countOf(group, withFilter.indexOf(group)) }));
  }
}

function notFound(id: number): never {
  throw new DomainError('GROUP_NOT_FOUND', `There is no group with the id ${id}.`);
}

function* batchesOf(ids: readonly number[]): Generator<readonly number[]> {
  for (let begin = 0; begin < ids.length; begin += BATCH) yield ids.slice(begin, begin + BATCH);
}
