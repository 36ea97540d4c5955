import pg from 'pg';

/*
 * Knows pg's message for a query that timed out, which has no code. Tried with pg 8.23; test/db/sessions.db.ts fails when
 * it changes. It may go when pg ends the connection of such a query by itself.
 */
const READ_TIMEOUT = 'Query read timeout';

/**
 * A connection that ends when a query on it times out on this side. `pg` gives up such a query and goes on to use the
 * connection, on which PostgreSQL still runs it: whatever follows waits behind it, and a pool would hand the connection
 * on inside its transaction.
 */
export class GuardedClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    // Pools listen too, but not at every moment; an error that nobody listens for would end the process.
    this.on('error', () => undefined);
  }

  /** `never` stands for the results of all the forms in which a query may be given. */
  override query(...args: unknown[]): never {
    const result = (super.query as (...args: unknown[]) => unknown).apply(this, args);
    if (result instanceof Promise) {
      result.catch((error: unknown) => {
        if (isReadTimeout(error)) void this.end();
      });
    }
    return result as never;
  }
}

/** With a query under way `end()` cuts the connection at once; the pool makes another. */
const isReadTimeout = (error: unknown): boolean => error instanceof Error && error.message === READ_TIMEOUT;
