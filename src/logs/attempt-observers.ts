import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { DeviceAttempt } from '../devices/devices.service.js';

/** Told within the transaction that writes them, when the rows of the devices are locked. In the order of time. */
export type AttemptObserver = (manager: EntityManager, news: readonly DeviceAttempt[]) => Promise<void>;

/** Who writes down something else with the news of attempts: what one transaction commits, all of it or nothing. */
@Injectable()
export class AttemptObservers {
  private readonly observers: AttemptObserver[] = [];

  /** To be called before the application has started. */
  add(observer: AttemptObserver): void {
    this.observers.push(observer);
  }

  async tell(manager: EntityManager, news: readonly DeviceAttempt[]): Promise<void> {
    if (news.length === 0) return;
    // One after the other: they share a connection.
    for (const observer of this.observers) await observer(manager, news);
  }
}
