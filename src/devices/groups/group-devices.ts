import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.js';
import { isItemError } from '../../database/database-error.js';
import { DomainError } from '../../domain/errors.js';
import type { ResolvedFilter } from '../../domain/filter/filter.js';
import { MAX_RESOLVED_TERMS, termCount } from '../../domain/filter/resolve-groups.js';
import type { Principal } from '../../domain/principal.js';
import { FleetQueries } from '../fleet/fleet-queries.js';
import { FleetTurns } from '../fleet/fleet-turns.js';

const PAGE = 10_000;

/** The devices that are in groups. */
@Injectable()
export class GroupDevices {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly fleet: FleetQueries,
    private readonly turns: FleetTurns,
  ) {}

  /**
   * How many devices each filter finds; null: that took too long, or the database cannot say. So many are counted in one
   * go through the fleet as have together the terms of one large filter.
   * @throws DomainError OVERLOADED
   */
  async countEach(
    principal: Principal,
    filters: readonly ResolvedFilter[],
  ): Promise<readonly (number | null)[]> {
    const end = performance.now() + this.config.limits.fleetQueryMs;
    const counts: (number | null)[] = [];
    for (const chunk of chunksOf(filters)) counts.push(...(await this.tryToCount(principal, chunk, end)));
    return counts;
  }

  /** @param end when there is no time left, as of `performance.now()` */
  private async tryToCount(
    principal: Principal,
    filters: readonly ResolvedFilter[],
    end: number,
  ): Promise<readonly (number | null)[]> {
    if (performance.now() >= end) return filters.map(() => null);
    try {
      return await this.turns.take(principal, (manager) => this.count(manager, filters));
    } catch (error) {
      const isOfFilter =
        isItemError(error) || (error instanceof DomainError && error.code === 'FILTER_TOO_SLOW');
      if (!isOfFilter) throw error;
      if (filters.length === 1) return [null];
      const counts: (number | null)[] = [];
      for (const filter of filters) counts.push(...(await this.tryToCount(principal, [filter], end)));
      return counts;
    }
  }

  private async count(manager: EntityManager, filters: readonly ResolvedFilter[]): Promise<number[]> {
    const query = await this.fleet.query(manager);
    const counts = filters.map((filter) => `count(*) FILTER (WHERE ${query.where(filter)})`);
    const [row] = await manager.query<[{ counts: number[] }]>(
      `SELECT ARRAY[${counts.join(', ')}]::float8[] AS counts ${query.from}`,
      query.parameters,
    );
    return row.counts;
  }

  /** The ids of all devices that a filter finds, in order, some at a time, each time in a turn of its own. */
  async *findAll(principal: Principal, filter: ResolvedFilter): AsyncGenerator<readonly number[]> {
    for (let last = 0; ;) {
      const ids = await this.turns.take(principal, (manager) => this.findNext(manager, filter, last));
      if (ids.length > 0) yield ids;
      const end = ids.at(-1);
      if (end === undefined || ids.length < PAGE) return;
      last = end;
    }
  }

  private async findNext(manager: EntityManager, filter: ResolvedFilter, last: number): Promise<number[]> {
    const query = await this.fleet.query(manager);
    const id = query.column('id');
    const where = `${query.where(filter)} AND ${id} > ${query.parameter(last, 'bigint')}`;
    const rows = await manager.query<{ id: number }[]>(
      `SELECT ${id} AS id ${query.from} WHERE ${where} ORDER BY ${id} LIMIT ${PAGE}`,
      query.parameters,
    );
    return rows.map((row) => row.id);
  }
}

function* chunksOf(filters: readonly ResolvedFilter[]): Generator<readonly ResolvedFilter[]> {
  let chunk: ResolvedFilter[] = [];
  let terms = 0;
  for (const filter of filters) {
    const own = termCount(filter);
    if (chunk.length > 0 && terms + own > MAX_RESOLVED_TERMS) {
      yield chunk;
      [chunk, terms] = [[], 0];
    }
    chunk.push(filter);
    terms += own;
  }
  if (chunk.length > 0) yield chunk;
}
