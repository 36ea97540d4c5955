import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, LessThan, MoreThanOrEqual, Repository, type EntityManager } from 'typeorm';
import { inTransaction } from '../../database/transaction.js';
import type { Instant } from '../../domain/instant.js';
import { merged, pausesOfServers, type Pause } from '../../domain/rollout/pauses.js';
import { CheckInCountEntity } from './check-in-count.entity.js';
import { RolloutPauseEntity } from './rollout-pause.entity.js';

/** Checks in an interval. */
export interface CheckInCount {
  readonly begin: Instant;
  /** Of devices that are in this rollout; 0: of all devices. */
  readonly rolloutId: number;
  readonly checks: number;
}

const instantOf = (time: Date): Instant => time.getTime() * 1_000;
const dateOf = (instant: Instant): Date => new Date(instant / 1_000);

/** What the clocks of rollouts go by: when servers ran, how many devices checked, and the pauses that came of it. */
@Injectable()
export class ClockRepository {
  constructor(
    @InjectRepository(RolloutPauseEntity) private readonly pauses: Repository<RolloutPauseEntity>,
    @InjectRepository(CheckInCountEntity) private readonly counts: Repository<CheckInCountEntity>,
  ) {}

  /** Merged. */
  async findPauses(rolloutId: number, manager: EntityManager = this.pauses.manager): Promise<Pause[]> {
    const rows = await manager.findBy(RolloutPauseEntity, [{ rolloutId }, { rolloutId: IsNull() }]);
    return merged(rows.map(({ fromAt, toAt }) => ({ from: instantOf(fromAt), to: instantOf(toAt) })));
  }

  /** A server runs. If none said so for too long, there was a pause. */
  beat(now: Instant): Promise<void> {
    return inTransaction(this.pauses.manager, async (manager) => {
      await manager.query('INSERT INTO server_beat (at) VALUES ($1) ON CONFLICT DO NOTHING', [dateOf(now)]);
      const [{ at }] = await manager.query<[{ at: Date }]>('SELECT at FROM server_beat FOR UPDATE');
      for (const pause of pausesOfServers([instantOf(at)], now)) await this.add(manager, null, pause);
      // Another server may have said so later, by a clock that is a little ahead.
      if (dateOf(now) > at) await manager.query('UPDATE server_beat SET at = $1', [dateOf(now)]);
    });
  }

  /** Once, also when it is found again. @param rolloutId null: of all */
  async add(manager: EntityManager, rolloutId: number | null, { from, to }: Pause): Promise<void> {
    const pause = { rolloutId: rolloutId ?? IsNull(), fromAt: dateOf(from) };
    if (await manager.existsBy(RolloutPauseEntity, pause)) return;
    await manager.insert(RolloutPauseEntity, { rolloutId, fromAt: dateOf(from), toAt: dateOf(to) });
  }

  /** What one process has counted, on top of what others have. */
  async addCounts(counts: readonly CheckInCount[]): Promise<void> {
    if (counts.length === 0) return;
    await this.counts.query(
      `INSERT INTO check_in_count AS known (begins_at, rollout_id, checks)
       SELECT * FROM unnest($1::timestamptz[], $2::bigint[], $3::int[])
       ON CONFLICT (begins_at, rollout_id) DO UPDATE SET checks = known.checks + excluded.checks`,
      [
        counts.map(({ begin }) => dateOf(begin)),
        counts.map(({ rolloutId }) => rolloutId),
        counts.map(({ checks }) => checks),
      ],
    );
  }

  async findCounts(since: Instant): Promise<CheckInCount[]> {
    const rows = await this.counts.findBy({ beginsAt: MoreThanOrEqual(dateOf(since)) });
    return rows.map(({ beginsAt, rolloutId, checks }) => ({ begin: instantOf(beginsAt), rolloutId, checks }));
  }

  async deleteOld(countsBefore: Instant, pausesBefore: Instant): Promise<void> {
    await this.counts.delete({ beginsAt: LessThan(dateOf(countsBefore)) });
    await this.pauses.delete({ toAt: LessThan(dateOf(pausesBefore)) });
  }
}
