/** Something could not be written in time, for a lock or for a slow database. It may be written all the same. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';

  constructor(deadlineMs: number) {
    super(`The database did not take it within ${deadlineMs / 1000} seconds.`);
  }
}
