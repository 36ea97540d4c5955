import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

/** @returns the ids of the rollouts that have not ended and name the group */
export type GroupUseFinder = (manager: EntityManager, foldedName: string) => Promise<number[]>;

/** Lets the owner of groups know of rollouts that name them without knowing rollouts. */
@Injectable()
export class GroupUses {
  private finder: GroupUseFinder = () => Promise.resolve([]);

  /** To be called before the application has started. */
  findWith(finder: GroupUseFinder): void {
    this.finder = finder;
  }

  /** Within a transaction that has locked the group: whoever makes a rollout that names it waits for its end. */
  find(manager: EntityManager, foldedName: string): Promise<number[]> {
    return this.finder(manager, foldedName);
  }
}
