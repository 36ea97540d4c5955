import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { ResolvedFilter } from '../../domain/filter/filter.js';
import type { RunningFirmware } from '../../releases/releases.exports.js';
import { FleetQueries } from './fleet-queries.js';
import type { FleetQuery } from './fleet-query.js';

/** Which devices the phases of a rollout include so far. */
export type Included =
  | { readonly kind: 'all' }
  | {
      readonly kind: 'some';
      readonly rolloutId: number;
      /** Those whose place in the order of the rollout is below it: see positionOf. */
      readonly share: number;
      readonly filters: readonly ResolvedFilter[];
    };

/** As `isIncluded` of phases has it, as a condition. */
export function isIncluded(query: FleetQuery, included: Included): string {
  if (included.kind === 'all') return 'true';
  const order = `${query.parameter(included.rolloutId, 'bigint')} || ':' || ${query.column('id')}`;
  const place = `('x' || left(encode(sha256((${order})::bytea), 'hex'), 12))::bit(48)::bigint / 2::float8 ^ 48`;
  const isBelow = `${place} < ${query.parameter(included.share, 'float8')}`;
  return `(${[isBelow, ...included.filters.map((filter) => query.where(filter))].join(' OR ')})`;
}

export interface WaitingQuestion {
  readonly deviceType: string;
  /** What the devices run, and whether they must accept an older firmware. */
  readonly running: readonly (RunningFirmware & { readonly mustAccept: boolean })[];
  readonly firmwareId: number;
  /** Of the firmware: devices that must accept it have none above. */
  readonly secureVersion: number;
  readonly target: ResolvedFilter;
  readonly included: Included;
  /** When it is. */
  readonly at: Date;
}

/** Finds the devices that would be offered a firmware if they asked, and that still ask. */
@Injectable()
export class WaitingDevices {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly fleet: FleetQueries,
  ) {}

  /** In the order of their ids. */
  async findIds(question: WaitingQuestion, after: number, limit: number): Promise<number[]> {
    const { deviceType, running, firmwareId, secureVersion, target, included, at } = question;
    const query = await this.fleet.query(undefined, at);
    const id = query.column('id');
    const list = (of: (one: (typeof running)[number]) => unknown, type: string): string =>
      query.parameter(running.map(of), type);
    const accepts = `(${query.column('acceptsDowngrade')}
      AND coalesce(${query.secureVersion}, 0) <= ${query.parameter(secureVersion, 'float8')})`;
    const conditions = [
      `${query.column('deviceType')} = ${query.parameter(deviceType, 'text')}`,
      `${id} > ${query.parameter(after, 'bigint')}`,
      `EXISTS (SELECT FROM unnest(${list(({ version }) => version, 'text[]')}, ${list(({ build }) => build, 'int[]')},
                                  ${list(({ mustAccept }) => mustAccept, 'boolean[]')}) AS running (version, build, must_accept)
                WHERE running.version = ${query.column('version')} AND running.build = ${query.column('build')}
                  AND (NOT running.must_accept OR ${accepts}))`,
      `${query.column('standing')} = 'admitted'`,
      `NOT ${query.isSilent}`,
      `NOT ${query.isLooping(query.parameter(firmwareId, 'bigint'))}`,
      query.where(target),
    ];
    conditions.push(isIncluded(query, included));
    const rows = await this.database.query<{ id: number }[]>(
      `SELECT ${id} AS id ${query.from} WHERE ${conditions.join(' AND ')}
        ORDER BY ${id} LIMIT ${query.parameter(limit, 'int')}`,
      query.parameters,
    );
    return rows.map((row) => row.id);
  }
}
