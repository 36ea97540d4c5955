import { Injectable } from '@nestjs/common';

export type Stage = 'starting' | 'serving' | 'stopping';

/** Whether this process can serve devices. A database or store that is away does not change it: checks and downloads go on. */
@Injectable()
export class Readiness {
  private current: Stage = 'starting';

  get stage(): Stage {
    return this.current;
  }

  /** Everything of the start is done, the first admin too. */
  started(): void {
    if (this.current === 'starting') this.current = 'serving';
  }

  /** From now on requests under way are finished and no new connection is accepted. */
  stopping(): void {
    this.current = 'stopping';
  }
}
