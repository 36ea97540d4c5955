import type pg from 'pg';
import type { ChangeFeed } from './change-feed.js';
import type { TaskLock } from './periodic-task.js';

/** So that PostgreSQL ends the session of a machine that is gone, and gives the lock to another, within half a minute. */
const NOTICE_DEAD_PEER =
  'SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3';

/**
 * A lock of one process among all that share the database. It belongs to the session on which changes are heard, and
 * goes with it. Behind a pooler that has no sessions nobody gets it.
 */
export class AdvisoryLock implements TaskLock {
  private heldBy: pg.Client | null = null;

  /** @param id the same in every process, and of this lock alone */
  constructor(
    private readonly feed: ChangeFeed,
    private readonly id: number,
  ) {}

  async hold(): Promise<boolean> {
    const { session } = this.feed;
    if (session !== null && session === this.heldBy) return true;
    this.heldBy = null;
    if (!session) return false;
    await session.query(NOTICE_DEAD_PEER);
    const { rows } = await session.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [
      this.id,
    ]);
    if (rows[0]?.held !== true) return false;
    this.heldBy = session;
    return true;
  }

  async release(): Promise<void> {
    const session = this.heldBy;
    this.heldBy = null;
    // A session that has ended has given it up already.
    await session?.query('SELECT pg_advisory_unlock($1)', [this.id]).catch(() => undefined);
  }
}
