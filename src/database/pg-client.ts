import pg from 'pg';

/**
 * A client that does not end the process when its connection breaks: without a listener for 'error', Node would. Queries
 * that are under way fail as well, so whoever waits for one hears of it.
 */
export function newPgClient(config: pg.ClientConfig): pg.Client {
  const client = new pg.Client({ keepAlive: true, ...config });
  client.on('error', () => undefined);
  return client;
}
