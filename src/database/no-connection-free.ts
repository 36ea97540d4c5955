/** All connections that this process may have to the database, or that the database gives, were in use for too long. */
export class NoConnectionFree extends Error {
  override readonly name = 'NoConnectionFree';

  constructor(waitMs: number, cause?: unknown) {
    super(`No connection to the database was free within ${waitMs / 1000} seconds.`, { cause });
  }
}
