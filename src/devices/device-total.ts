import { Injectable } from '@nestjs/common';
import { PeriodicTasks } from '../database/periodic-tasks.js';
import { Shards } from '../database/shards.js';
import { DeviceCountRepository } from './record/device-count.repository.js';

/** New devices come one batch of check-ins after the other, each with a row that counts them. */
const FOLD_MS = 30_000;

/** Keeps the rows that count devices few. What cannot be folded now adds up all the same. */
@Injectable()
export class DeviceTotal {
  constructor(counts: DeviceCountRepository, tasks: PeriodicTasks, shards: Shards) {
    tasks.add({
      name: 'Folding the counts of devices',
      everyMs: FOLD_MS,
      // Distributed devices are counted when somebody asks.
      run: async () => {
        if (!shards.isDistributed) await counts.foldCount();
      },
    });
  }
}
