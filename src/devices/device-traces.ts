import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

/** Deletes what one table has of devices whose rows are locked, within a transaction. */
type Deletion = (manager: EntityManager, deviceIds: readonly number[]) => Promise<void>;

/** What goes when devices are forgotten, from all who keep something of them that refers to their rows. */
@Injectable()
export class DeviceTraces {
  private readonly deletions: Deletion[] = [];

  /** To be called before the application has started. */
  add(deletion: Deletion): void {
    this.deletions.push(deletion);
  }

  async delete(manager: EntityManager, deviceIds: readonly number[]): Promise<void> {
    // One after the other: they share a connection.
    for (const deletion of this.deletions) await deletion(manager, deviceIds);
  }
}
