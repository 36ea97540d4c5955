import { Injectable } from '@nestjs/common';
import type { PlannedRelease } from '../domain/release-plan.js';
import type { Release } from './release.js';

/** @returns null when the same is for all devices of the type */
export type PlanSource = (deviceType: string) => readonly PlannedRelease<Release>[] | null;

/** Knows of which device types each device has a decision of its own, from whoever makes those. */
@Injectable()
export class PersonalPlans {
  private source: PlanSource = () => null;

  /** To be called before the application has started. */
  use(source: PlanSource): void {
    this.source = source;
  }

  /** What devices of a type may be offered, newest first; null: the same is for all of them. */
  planOf(deviceType: string): readonly PlannedRelease<Release>[] | null {
    return this.source(deviceType);
  }
}
