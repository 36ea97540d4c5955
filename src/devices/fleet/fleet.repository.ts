import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import type { ResolvedFilter } from '../../domain/filter/filter.js';
import {
  SORT_FIELDS,
  type FleetOrder,
  type Position,
  type SortField,
  type SortValue,
} from '../../domain/fleet-order.js';
import { DeviceRepository } from '../record/device.repository.js';
import type { FleetCell, FleetDay, FleetDevice } from './fleet-device.js';
import { FleetQueries } from './fleet-queries.js';
import type { FleetColumn, FleetQuery } from './fleet-query.js';

export interface PageQuestion {
  readonly filter: ResolvedFilter;
  readonly order: FleetOrder;
  readonly skip: number;
  readonly limit: number;
  /** Where the page before ended; null: the list begins. */
  readonly after: Position | null;
}

export interface FleetPage {
  readonly devices: readonly FleetDevice[];
  /** Where this one ends; null: nothing comes after it. */
  readonly end: Position | null;
}

/** What of a device stands under which name in the API, and in which it is sorted. Texts by their bytes. */
const SORTED: Readonly<Record<SortField, FleetColumn>> = {
  device_id: 'id',
  name: 'foldedName',
  device_type: 'deviceType',
  version: 'versionSortKey',
  build_number: 'build',
  channel: 'channel',
  status: 'status',
  reason: 'reason',
  identity: 'identity',
  check_interval: 'checkInterval',
  first_seen_at: 'firstSeenAt',
  last_seen_at: 'lastSeenAt',
};
/** Sorting of anything else puts what a device does not have last. */
const ALWAYS_THERE: ReadonlySet<SortField> = new Set([
  'device_id',
  'channel',
  'status',
  'identity',
  'first_seen_at',
  'last_seen_at',
]);
const SHOWN: readonly (readonly [FleetColumn, keyof FleetDevice])[] = [
  ['id', 'deviceId'],
  ['name', 'name'],
  ['deviceType', 'deviceType'],
  ['version', 'version'],
  ['build', 'build'],
  ['channel', 'channel'],
  ['tags', 'tags'],
  ['attributes', 'attributes'],
  ['notes', 'notes'],
  ['status', 'status'],
  ['desiredVersion', 'desiredVersion'],
  ['reason', 'reason'],
  ['identity', 'identity'],
  ['checkInterval', 'checkInterval'],
  ['firstSeenAt', 'firstSeenAt'],
  ['lastSeenAt', 'lastSeenAt'],
];
/** Devices that one statement looks at when all are gone through in the order of their ids: some milliseconds' work. */
const WINDOW = 2_000;
/** The same where only their ids are read. */
const WINDOW_OF_IDS = 20_000;
const DAYS = 30;

/** Reads devices as people see them; what is changed is written by the repositories in record/. */
@Injectable()
export class FleetRepository {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly fleet: FleetQueries,
    private readonly devices: DeviceRepository,
  ) {}

  /** Finds the rows of the page first, and then what is shown of them: that is not worked out for all others. */
  async findPage(
    { filter, order, skip, limit, after }: PageQuestion,
    manager: EntityManager = this.database.manager,
  ): Promise<FleetPage> {
    const shown = await this.fleet.query(manager);
    const found = shown.another();
    const id = found.column('id');
    const key = sortKey(found, order.field);
    const conditions = [found.where(filter), ...(after ? [isBehind(found, order, key, after)] : [])];
    const direction = order.isDescending ? 'DESC' : 'ASC';
    const last = ALWAYS_THERE.has(order.field) ? '' : ' NULLS LAST';
    const byKey = (of: string, ofId: string): string =>
      order.field === 'device_id'
        ? `${ofId} ${direction}`
        : `${of} ${direction}${last}, ${ofId} ${direction}`;
    const page = `
      SELECT ${id} AS id, ${key} AS key ${found.from} WHERE ${conditions.join(' AND ')}
       ORDER BY ${byKey(key, id)}
       LIMIT ${shown.parameter(limit + 1, 'bigint')} OFFSET ${shown.parameter(skip, 'bigint')}`;
    const rows = await manager.query<(FleetDevice & { key: SortValue })[]>(
      `SELECT ${columnsOf(shown)}, ${wireKey('page.key', order.field)} AS key
         ${shown.from} JOIN (${page}) AS page ON page.id = d.id
        ORDER BY ${byKey('page.key', 'page.id')}`,
      shown.parameters,
    );
    const devices = rows.slice(0, limit).map(({ key: _key, ...device }) => device);
    const end = rows.length > limit ? rows[limit - 1] : undefined;
    return { devices, end: end ? { value: end.key, deviceId: end.deviceId } : null };
  }

  async find(deviceId: number, manager: EntityManager = this.database.manager): Promise<FleetDevice | null> {
    const fleet = await this.fleet.query(manager);
    const columns = columnsOf(fleet);
    const [device] = await manager.query<FleetDevice[]>(
      `SELECT ${columns} ${fleet.from} WHERE d.id = ${fleet.parameter(deviceId, 'bigint')}`,
      fleet.parameters,
    );
    return device ?? null;
  }

  async count(filter: ResolvedFilter, manager: EntityManager = this.database.manager): Promise<number> {
    const fleet = await this.fleet.query(manager);
    const where = fleet.where(filter);
    const [{ count }] = await manager.query<[{ count: number }]>(
      `SELECT count(*) ${fleet.from} WHERE ${where}`,
      fleet.parameters,
    );
    return count;
  }

  /** Those that match among the next devices in the order of their ids; null: there are no more. */
  async findNext(
    manager: EntityManager,
    filter: ResolvedFilter,
    last: number,
  ): Promise<{ devices: readonly FleetDevice[]; end: number } | null> {
    const end = await this.devices.findIdAhead(last, WINDOW, manager);
    if (end === null) return null;
    const fleet = await this.fleet.query(manager);
    const columns = columnsOf(fleet);
    const where = [fleet.where(filter), inWindow(fleet, last, end)].join(' AND ');
    const devices = await manager.query<FleetDevice[]>(
      `SELECT ${columns} ${fleet.from} WHERE ${where} ORDER BY d.id`,
      fleet.parameters,
    );
    return { devices, end };
  }

  /** The ids of all devices that match, in order. */
  async findIds(manager: EntityManager, filter: ResolvedFilter): Promise<number[]> {
    const ids: number[] = [];
    for (let last = 0; ;) {
      const end = await this.devices.findIdAhead(last, WINDOW_OF_IDS, manager);
      if (end === null) return ids;
      const fleet = await this.fleet.query(manager);
      const where = [fleet.where(filter), inWindow(fleet, last, end)].join(' AND ');
      const rows = await manager.query<{ id: number }[]>(
        `SELECT d.id ${fleet.from} WHERE ${where} ORDER BY d.id`,
        fleet.parameters,
      );
      for (const { id } of rows) ids.push(id);
      last = end;
    }
  }

  /** Whether a filter looks at what devices are known to be, beside their own rows. */
  async needsAccess(manager: EntityManager, filter: ResolvedFilter): Promise<boolean> {
    const fleet = await this.fleet.query(manager);
    fleet.where(filter);
    return fleet.needsAccess;
  }

  /** Every device stands in one cell. */
  async countCells(
    filter: ResolvedFilter,
    manager: EntityManager = this.database.manager,
  ): Promise<FleetCell[]> {
    const fleet = await this.fleet.query(manager);
    const where = fleet.where(filter);
    const columns = (['deviceType', 'version', 'build', 'status'] as const).map((name) => fleet.column(name));
    return manager.query<FleetCell[]>(
      `SELECT type AS "deviceType", version, build, status, count(*) AS devices
         FROM (SELECT ${columns.join(', ')} ${fleet.from} WHERE ${where}) AS cell (type, version, build, status)
        GROUP BY type, version, build, status`,
      fleet.parameters,
    );
  }

  /** The last 30 days, the oldest first; those without a device, too. */
  async countDays(
    filter: ResolvedFilter,
    manager: EntityManager = this.database.manager,
  ): Promise<FleetDay[]> {
    const fleet = await this.fleet.query(manager);
    const where = fleet.where(filter);
    const day = (time: string): string => `(${time} AT TIME ZONE 'UTC')::date`;
    return manager.query<FleetDay[]>(
      `WITH counted AS (
         SELECT one.day, one.kind, count(*) AS devices
           ${fleet.from},
                LATERAL (VALUES (0, CASE WHEN d.update_status = 'success' THEN ${day('d.update_changed_at')} END),
                                (1, ${day('d.first_seen_at')}), (2, ${day('d.last_seen_at')})) AS one (kind, day)
          WHERE ${where} AND one.day > ${day('now()')} - ${DAYS}
          GROUP BY one.day, one.kind)
       SELECT to_char(day, 'YYYY-MM-DD') AS day,
              coalesce(sum(devices) FILTER (WHERE kind = 0), 0)::bigint AS updated,
              coalesce(sum(devices) FILTER (WHERE kind = 1), 0)::bigint AS "firstSeen",
              coalesce(sum(devices) FILTER (WHERE kind = 2), 0)::bigint AS "lastSeen"
         FROM generate_series(0, ${DAYS - 1}) AS n,
              LATERAL (SELECT ${day('now()')} - (${DAYS - 1} - n) AS day) AS that
              LEFT JOIN counted USING (day)
        GROUP BY day ORDER BY day`,
      fleet.parameters,
    );
  }
}

const inWindow = (fleet: FleetQuery, after: number, end: number): string =>
  `d.id > ${fleet.parameter(after, 'bigint')} AND d.id <= ${fleet.parameter(end, 'bigint')}`;

const columnsOf = (fleet: FleetQuery): string =>
  SHOWN.map(([column, name]) => `${fleet.column(column)} AS "${name}"`).join(', ');

function sortKey(fleet: FleetQuery, field: SortField): string {
  const column = fleet.column(SORTED[field]);
  return SORT_FIELDS[field] === 'text' ? `(${column})::text COLLATE "C"` : column;
}

/** The key as it stands in a cursor. */
const wireKey = (key: string, field: SortField): string =>
  SORT_FIELDS[field] === 'time' ? `(extract(epoch FROM ${key}) * 1000000)::bigint` : key;

/** The rows of the list behind a position. */
function isBehind(
  fleet: FleetQuery,
  { field, isDescending }: FleetOrder,
  key: string,
  { value, deviceId }: Position,
): string {
  const comparison = isDescending ? '<' : '>';
  const id = fleet.parameter(deviceId, 'bigint');
  if (field === 'device_id') return `d.id ${comparison} ${id}`;
  if (value === null) return `(${key} IS NULL AND d.id ${comparison} ${id})`;
  const given = givenKey(fleet, field, value);
  const isNext = `(${key}, d.id) ${comparison} (${given}, ${id})`;
  return ALWAYS_THERE.has(field) ? isNext : `(${isNext} OR ${key} IS NULL)`;
}

function givenKey(fleet: FleetQuery, field: SortField, value: string | number): string {
  switch (SORT_FIELDS[field]) {
    case 'text':
      return fleet.parameter(value, 'text');
    case 'number':
      return fleet.parameter(value, 'bigint');
    case 'time':
      return `(timestamptz 'epoch' + ${fleet.parameter(value, 'bigint')} * interval '1 microsecond')`;
  }
}
