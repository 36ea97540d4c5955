import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { shardHash } from '../domain/shard-hash.js';
import type { PeriodicTask } from './periodic-task.js';
import { PeriodicTasks } from './periodic-tasks.js';

/** Shards change only when somebody splits one, or distributes the database while servers run. */
const REFRESH_MS = 60_000;

/** The table whose shards are those of all that is said of devices. */
const DISTRIBUTED = 'device';

interface Shard {
  readonly id: number;
  /** Highest hash of a device in it. */
  readonly upTo: number;
}

/**
 * Knows in which shard the rows of a device are, where the tables are distributed. A statement of one shard is sent to
 * one node and takes no two-phase commit, and only such a statement may lock rows. Without distributed tables, all is
 * one shard.
 */
@Injectable()
export class Shards implements OnModuleInit {
  /** In the order of their hashes. */
  private shards: readonly Shard[] = [];
  private readonly task: PeriodicTask;

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    tasks: PeriodicTasks,
  ) {
    this.task = tasks.add({
      name: 'Reading the shards of the database',
      everyMs: REFRESH_MS,
      run: () => this.refresh(),
    });
  }

  onModuleInit(): Promise<void> {
    return this.task.run();
  }

  get isDistributed(): boolean {
    return this.shards.length > 0;
  }

  /** The shard of a device; 0 if the tables are not distributed. */
  of(deviceId: number): number {
    if (this.shards.length === 0) return 0;
    const hash = shardHash(deviceId);
    return this.shards.find(({ upTo }) => hash <= upTo)?.id ?? 0;
  }

  /** Items of one shard together, in the order in which they came. */
  split<T>(items: readonly T[], deviceIdOf: (item: T) => number): T[][] {
    if (this.shards.length === 0) return items.length === 0 ? [] : [[...items]];
    const parts = new Map<number, T[]>();
    for (const item of items) {
      const shard = this.of(deviceIdOf(item));
      const part = parts.get(shard);
      if (part) part.push(item);
      else parts.set(shard, [item]);
    }
    return [...parts.values()];
  }

  private async refresh(): Promise<void> {
    const [{ hasCitus }] = await this.database.query<[{ hasCitus: boolean }]>(
      `SELECT to_regclass('pg_catalog.pg_dist_shard') IS NOT NULL AS "hasCitus"`,
    );
    this.shards = hasCitus
      ? await this.database.query<Shard[]>(
          `SELECT shardid::bigint AS id, shardmaxvalue::int AS "upTo" FROM pg_dist_shard
            WHERE logicalrelid = $1::regclass AND shardmaxvalue IS NOT NULL ORDER BY "upTo"`,
          [DISTRIBUTED],
        )
      : [];
  }
}
