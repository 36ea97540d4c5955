import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

/** @returns the id of the rollout that has not ended and brings a firmware to devices; null: none does */
export type OpenRolloutFinder = (manager: EntityManager, firmwareId: number) => Promise<number | null>;

/** Lets the owner of the table of firmware know of rollouts without knowing them. */
@Injectable()
export class OpenRollouts {
  private finder: OpenRolloutFinder = () => Promise.resolve(null);

  /** To be called before the application has started. */
  findWith(finder: OpenRolloutFinder): void {
    this.finder = finder;
  }

  /** Within a transaction that has locked the firmware: whoever makes a rollout of it waits for its end. */
  find(manager: EntityManager, firmwareId: number): Promise<number | null> {
    return this.finder(manager, firmwareId);
  }
}
