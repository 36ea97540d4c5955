import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { AlikeDevices } from '../../domain/alike-devices.js';
import type { Attribute } from '../../domain/device-facts.js';
import type { ResolvedFilter } from '../../domain/filter/filter.js';
import type { Principal } from '../../domain/principal.js';
import { FleetQueries } from './fleet-queries.js';
import { FleetTurns } from './fleet-turns.js';
import { isIncluded, type Included } from './waiting-devices.js';

/** How large a target is, and what its devices do. */
export interface TargetMeasure {
  readonly devices: number;
  /** Seconds, of the devices that check seldom; null: nobody knows. */
  readonly checkInterval: number | null;
  /** How many devices the other filters find, in their order. */
  readonly others: readonly number[];
  /** The most frequent public addresses of the whole fleet, and how many devices have any. */
  readonly addresses: ReadonlyMap<string, number>;
  readonly withAddress: number;
}

/** What a rollout asks of devices, beside what a decision does. */
export interface FoundAlike extends AlikeDevices {
  /** Whether the phases of a rollout include them at its beginning. */
  readonly isIncluded: boolean;
  /** As it holds for them; null where it was not asked for. */
  readonly timeZone: Attribute | null;
  /** Which of the filters find them, in their order. */
  readonly found: readonly boolean[];
}

/** What devices are told apart by. */
export interface AlikeQuestion {
  readonly deviceType: string;
  /** With which they may be in a loop. */
  readonly firmwareId: number;
  readonly filters: readonly ResolvedFilter[];
  /** Devices on which the firmware has failed before. */
  readonly failed: readonly number[];
  readonly included: Included;
  readonly asksZone: boolean;
}

/** What is known of a device beside what it runs. */
export interface DeviceTraits {
  readonly deviceId: number;
  readonly tags: readonly string[];
  /** The operator's before its own. */
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** Nearly all devices of a target check at least so often. */
const SELDOM = 0.95;
/** More addresses than can each have a larger share than a fifth. */
const MOST_FREQUENT = 5;

/** Answers what rollouts ask about many devices, by turns with the other questions about the fleet. */
@Injectable()
export class TargetDevices {
  constructor(
    private readonly fleet: FleetQueries,
    private readonly turns: FleetTurns,
  ) {}

  /**
   * @param others other filters, of which the devices of the type are counted
   * @throws DomainError OVERLOADED, FILTER_TOO_SLOW
   */
  measure(
    principal: Principal,
    deviceType: string,
    target: ResolvedFilter,
    others: readonly ResolvedFilter[],
  ): Promise<TargetMeasure> {
    return this.turns.take(principal, async (manager) => ({
      ...(await this.size(manager, deviceType, target, others)),
      ...(await this.addresses(manager)),
    }));
  }

  /**
   * All devices of a type.
   * @throws DomainError OVERLOADED, FILTER_TOO_SLOW
   */
  findAlike(
    principal: Principal,
    { deviceType, firmwareId, filters, failed, included, asksZone }: AlikeQuestion,
  ): Promise<FoundAlike[]> {
    return this.turns.take(principal, async (manager) => {
      const query = await this.fleet.query(manager);
      const found = filters.map((filter) => `(${query.where(filter)}) IS TRUE`);
      const columns = [
        `${query.column('version')} AS version`,
        `${query.column('build')} AS build`,
        `${query.column('standing')} AS standing`,
        `coalesce(${query.column('acceptsDowngrade')}, false) AS "acceptsDowngrade"`,
        `${query.secureVersion} AS "secureVersion"`,
        `${query.isLooping(query.parameter(firmwareId, 'bigint'))} AS "isLooping"`,
        `${query.column('id')} = ANY(${query.parameter(failed, 'bigint[]')}) AS "hasFailed"`,
        `(${isIncluded(query, included)}) IS TRUE AS "isIncluded"`,
        `${asksZone ? query.attribute("'time_zone'") : 'NULL::jsonb'} AS "timeZone"`,
        `ARRAY[${found.join(', ')}]::boolean[] AS found`,
      ];
      const id = query.column('id');
      const type = `${query.column('deviceType')} = ${query.parameter(deviceType, 'text')}`;
      const rows = await manager.query<(Omit<FoundAlike, 'exampleIds'> & { first: number; last: number })[]>(
        `SELECT ${columns.join(', ')}, count(*) AS devices, min(${id}) AS first, max(${id}) AS last
         ${query.from} WHERE ${type} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10`,
        query.parameters,
      );
      return rows.map(({ first, last, ...group }) => ({
        ...group,
        exampleIds: first === last ? [first] : [first, last],
      }));
    });
  }

  /** Of those of these devices that are on record. @throws DomainError OVERLOADED */
  findTraits(principal: Principal, deviceIds: readonly number[]): Promise<DeviceTraits[]> {
    return this.turns.take(principal, async (manager) => {
      const query = await this.fleet.query(manager);
      const id = query.column('id');
      return manager.query<DeviceTraits[]>(
        `SELECT ${id} AS "deviceId", ${query.column('tags')} AS tags, ${query.column('attributes')} AS attributes
         ${query.from} WHERE ${id} = ANY(${query.parameter(deviceIds, 'bigint[]')})`,
        query.parameters,
      );
    });
  }

  private async size(
    manager: EntityManager,
    deviceType: string,
    target: ResolvedFilter,
    others: readonly ResolvedFilter[],
  ): Promise<Pick<TargetMeasure, 'devices' | 'checkInterval' | 'others'>> {
    const query = await this.fleet.query(manager);
    const isTargeted = query.where(target);
    const counts = others.map((filter) => `count(*) FILTER (WHERE ${query.where(filter)})`);
    const type = `${query.column('deviceType')} = ${query.parameter(deviceType, 'text')}`;
    const [row] = await manager.query<[{ devices: number; checkInterval: number | null; others: number[] }]>(
      `SELECT count(*) FILTER (WHERE ${isTargeted}) AS devices,
              percentile_disc(${SELDOM}) WITHIN GROUP (ORDER BY ${query.column('checkInterval')})
                FILTER (WHERE ${isTargeted}) AS "checkInterval",
              ARRAY[${counts.join(', ')}]::float8[] AS others
       ${query.from} WHERE ${type}`,
      query.parameters,
    );
    return row;
  }

  private async addresses(manager: EntityManager): Promise<Pick<TargetMeasure, 'addresses' | 'withAddress'>> {
    const query = await this.fleet.query(manager);
    const address = query.column('lastAddress');
    const rows = await manager.query<{ address: string; devices: number; total: number }[]>(
      `SELECT host(${address}) AS address, count(*) AS devices, sum(count(*)) OVER ()::float8 AS total
       ${query.from} WHERE ${address} IS NOT NULL GROUP BY ${address} ORDER BY devices DESC LIMIT ${MOST_FREQUENT}`,
    );
    return {
      addresses: new Map(rows.map((row) => [row.address, row.devices])),
      withAddress: rows[0]?.total ?? 0,
    };
  }
}
