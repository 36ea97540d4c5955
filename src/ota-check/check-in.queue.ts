import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { WriteBehind } from '../database/write-behind.js';
import { CheckInRepository, type CheckIn } from './check-in.repository.js';
import type { CheckQuestion } from './check-question.js';

/** Check-ins that wait to be written, one for each device. */
@Injectable()
export class CheckInQueue implements BeforeApplicationShutdown {
  private readonly queue: WriteBehind<number, CheckIn>;

  constructor(@Inject(APP_CONFIG) { limits }: AppConfig, repository: CheckInRepository) {
    this.queue = new WriteBehind({
      name: 'check-ins',
      capacity: limits.checkInCapacity,
      flushMs: limits.checkInFlushMs,
      merge: (waiting, next) => ({ ...next, offers: new Map([...waiting.offers, ...next.offers]) }),
      write: (batch) => repository.write(batch),
    });
  }

  /** @param offeredId the firmware that it was offered, if any */
  add(question: CheckQuestion, offeredId: number | null): void {
    const at = performance.now();
    const offers = new Map(offeredId === null ? [] : [[offeredId, at]]);
    this.queue.add(question.deviceId, { ...question, at, offers });
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.queue.drain();
  }
}
