import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { DeviceSighting } from './record/sightings.js';

/** Told within the transaction that writes them, when the rows of the devices are locked. Each device at most once. */
export type SightingObserver = (
  manager: EntityManager,
  sightings: readonly DeviceSighting[],
) => Promise<void>;

/** Who writes down something else with what devices said when they checked. */
@Injectable()
export class SightingObservers {
  private readonly observers: SightingObserver[] = [];

  /** To be called before the application has started. */
  add(observer: SightingObserver): void {
    this.observers.push(observer);
  }

  async tell(manager: EntityManager, sightings: readonly DeviceSighting[]): Promise<void> {
    if (sightings.length === 0) return;
    // One after the other: they share a connection.
    for (const observer of this.observers) await observer(manager, sightings);
  }
}
