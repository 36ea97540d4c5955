import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { isDatabaseTrouble } from '../database/database-error.js';
import { LogsRepository } from './logs.repository.js';

/** A few thousand rows come together meanwhile at full load, which is a millisecond's work to add up. */
const FOLD_MS = 5_000;

/** Keeps the rows that count attempts few. */
@Injectable()
export class AttemptCounts implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('AttemptCounts');
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  constructor(private readonly logs: LogsRepository) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.running ??= this.fold().finally(() => {
        this.running = undefined;
      });
    }, FOLD_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  /** What cannot be folded now adds up all the same, and is folded the next time. */
  private fold(): Promise<void> {
    return this.logs.foldCounts().catch((error: unknown) => {
      // The queues report the trouble of the database.
      if (isDatabaseTrouble(error)) return;
      this.logger.warn(`The counts of attempts could not be folded: ${String(error)}`);
    });
  }
}
