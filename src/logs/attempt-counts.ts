import { Injectable } from '@nestjs/common';
import { PeriodicTasks } from '../database/periodic-tasks.js';
import { LogsRepository } from './logs.repository.js';

/** A few thousand rows come together meanwhile at full load, which is a millisecond's work to add up. */
const FOLD_MS = 5_000;

/** Keeps the rows that count attempts few. What cannot be folded now adds up all the same, and is folded the next time. */
@Injectable()
export class AttemptCounts {
  constructor(logs: LogsRepository, tasks: PeriodicTasks) {
    tasks.add({ name: 'Folding the counts of attempts', everyMs: FOLD_MS, run: () => logs.foldCounts() });
  }
}
