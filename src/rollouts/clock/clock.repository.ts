import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Repository, type EntityManager } from 'typeorm';
import { merged, type Pause } from '../../domain/rollout/pauses.js';
import { RolloutPauseEntity } from './rollout-pause.entity.js';

/** What the clocks of rollouts go by: when servers ran, how many devices checked, and the pauses that came of it. */
@Injectable()
export class ClockRepository {
  constructor(
    @InjectRepository(RolloutPauseEntity) private readonly pauses: Repository<RolloutPauseEntity>,
  ) {}

  /** Merged. */
  async findPauses(rolloutId: number, manager: EntityManager = this.pauses.manager): Promise<Pause[]> {
    const rows = await manager.findBy(RolloutPauseEntity, [{ rolloutId }, { rolloutId: IsNull() }]);
    return merged(
      rows.map(({ fromAt, toAt }) => ({ from: fromAt.getTime() * 1_000, to: toAt.getTime() * 1_000 })),
    );
  }
}
