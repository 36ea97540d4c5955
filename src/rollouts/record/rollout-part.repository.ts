import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type EntityManager } from 'typeorm';
import type { Part } from '../../domain/rollout/parts.js';
import { RolloutPartEntity } from './rollout-part.entity.js';

/** The parts of rollouts and what counts of them. Writes within the transaction of the caller, which has locked the rollout. */
@Injectable()
export class RolloutPartRepository {
  constructor(@InjectRepository(RolloutPartEntity) private readonly parts: Repository<RolloutPartEntity>) {}

  /** The whole, the groups in the order of their first offers, the blocks. */
  async findAll(rolloutId: number, manager: EntityManager = this.parts.manager): Promise<Part[]> {
    const rows = await manager.findBy(RolloutPartEntity, { rolloutId });
    return rows.map(({ dimension, value, rank, n, k }) => ({ dimension, value, rank, n, k }));
  }

  /** The whole alone; empty before the first offer. */
  findWhole(rolloutId: number): Promise<RolloutPartEntity[]> {
    return this.parts.findBy({ rolloutId, dimension: 'all' });
  }

  /** Adds to n; parts that there were not begin with it. Each part at most once. */
  async add(
    manager: EntityManager,
    rolloutId: number,
    parts: readonly Pick<Part, 'dimension' | 'value' | 'rank' | 'n'>[],
  ): Promise<void> {
    if (parts.length === 0) return;
    await manager.query(
      `INSERT INTO rollout_part (rollout_id, dimension, value, rank, n)
       SELECT $1, new.* FROM unnest($2::text[], $3::text[], $4::int[], $5::int[]) AS new (dimension, value, rank, n)
       ON CONFLICT (rollout_id, dimension, value) DO UPDATE SET n = rollout_part.n + excluded.n`,
      [
        rolloutId,
        parts.map(({ dimension }) => dimension),
        parts.map(({ value }) => value),
        parts.map(({ rank }) => rank),
        parts.map(({ n }) => n),
      ],
    );
  }

  /** Counts anew: these are n and k of parts that there are. */
  async set(
    manager: EntityManager,
    rolloutId: number,
    parts: readonly Pick<Part, 'dimension' | 'value' | 'n' | 'k'>[],
  ): Promise<void> {
    if (parts.length === 0) return;
    await manager.query(
      `UPDATE rollout_part AS part SET n = new.n, k = new.k
         FROM unnest($2::text[], $3::text[], $4::int[], $5::int[]) AS new (dimension, value, n, k)
        WHERE part.rollout_id = $1 AND part.dimension = new.dimension AND part.value = new.value`,
      [
        rolloutId,
        parts.map(({ dimension }) => dimension),
        parts.map(({ value }) => value),
        parts.map(({ n }) => n),
        parts.map(({ k }) => k),
      ],
    );
  }
}
