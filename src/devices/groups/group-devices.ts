import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { ResolvedFilter } from '../../domain/filter/filter.js';
import { FleetQueries } from '../fleet/fleet-queries.js';

const PAGE = 10_000;

/** The devices that are in groups. */
@Injectable()
export class GroupDevices {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly fleet: FleetQueries,
  ) {}

  /** How many devices each filter finds. All are counted in one go through the fleet. */
  async countEach(filters: readonly ResolvedFilter[]): Promise<number[]> {
    if (filters.length === 0) return [];
    const query = await this.fleet.query();
    const counts = filters.map((filter) => `count(*) FILTER (WHERE ${query.where(filter)})`);
    const [row] = await this.dataSource.query<[{ counts: number[] }]>(
      `SELECT ARRAY[${counts.join(', ')}]::float8[] AS counts ${query.from}`,
      query.parameters,
    );
    return row.counts;
  }

  /** The ids of all devices that a filter finds, in order, some at a time. */
  async *findAll(filter: ResolvedFilter): AsyncGenerator<readonly number[]> {
    for (let last = 0; ;) {
      const query = await this.fleet.query();
      const id = query.column('id');
      const where = `${query.where(filter)} AND ${id} > ${query.parameter(last, 'bigint')}`;
      const rows = await this.dataSource.query<{ id: number }[]>(
        `SELECT ${id} AS id ${query.from} WHERE ${where} ORDER BY ${id} LIMIT ${PAGE}`,
        query.parameters,
      );
      if (rows.length > 0) yield rows.map((row) => row.id);
      const end = rows.at(-1);
      if (!end || rows.length < PAGE) return;
      last = end.id;
    }
  }
}
