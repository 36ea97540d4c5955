import { randomUUID } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.js';
import { DATABASE_URL } from '../../database/database-url.js';
import { newPgClient } from '../../database/pg-client.js';

/** What the listener tells of the table of firmware. */
export interface ChangeSubscriber {
  /** Somebody changed it, or may have: this connection has just begun to hear. */
  onChange(): void;
  /** Nothing was missed up to `since`, a reading of `performance.now()`. */
  onAlive(since: number): void;
  /** Changes are not heard at the moment; called again every few seconds until they are. */
  onDeaf(): void;
}

const CHANNEL = 'firmware_changed';
const CONNECT_PATIENCE_MS = 5_000;
const RETRY_MS = 1_000;
const LAST_RETRY_MS = 5_000;

/**
 * Hears, on a connection of its own, that somebody changed the table of firmware. A heartbeat finds a connection that is
 * half open, on which nothing would ever be heard again; a probe finds a pooler that loses notifications.
 */
@Injectable()
export class FirmwareChangeListener {
  private readonly logger = new Logger('FirmwareChangeListener');
  private readonly url: string;
  private readonly heartbeatMs: number;
  private client: pg.Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;
  private hasWarned = false;
  private failures = 0;

  constructor(
    @Inject(APP_CONFIG) { databaseDirectUrl, limits }: AppConfig,
    @Inject(DATABASE_URL) databaseUrl: string,
    private readonly database: DataSource,
  ) {
    this.url = databaseDirectUrl ?? databaseUrl;
    this.heartbeatMs = limits.heartbeatMs;
  }

  start(subscriber: ChangeSubscriber): void {
    void this.connect(subscriber);
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.client?.end().catch(() => undefined);
  }

  private async connect(subscriber: ChangeSubscriber): Promise<void> {
    const probe = `ota_probe_${randomUUID().replaceAll('-', '')}`;
    const client = newPgClient({ connectionString: this.url, connectionTimeoutMillis: CONNECT_PATIENCE_MS });
    this.client = client;
    const connection: Connection = { client, probe, isLost: false, hears: false };
    const lost = (error?: Error): void => {
      this.lost(connection, subscriber, error);
    };
    client.on('error', lost);
    client.on('end', lost);
    client.on('notification', ({ channel }) => {
      if (channel === probe) this.heardProbe(connection);
      else subscriber.onChange();
    });
    try {
      await client.connect();
      await this.inTime(client.query(`LISTEN ${CHANNEL}; LISTEN ${probe}`));
      await this.beat(connection, subscriber);
      subscriber.onChange();
    } catch (error) {
      lost(error as Error);
    }
  }

  private async beat(connection: Connection, subscriber: ChangeSubscriber): Promise<void> {
    const { client, probe } = connection;
    const since = performance.now();
    await this.inTime(client.query('SELECT 1'));
    this.failures = 0;
    if (connection.hears) subscriber.onAlive(since);
    else {
      // From another connection: a pooler would give this one's own notification back to it.
      await this.inTime(this.database.query('SELECT pg_notify($1, $2)', [probe, '']));
    }
    if (this.isStopped || connection.isLost) return;
    this.timer = setTimeout(() => {
      if (!connection.hears) this.isDeaf(subscriber);
      this.beat(connection, subscriber).catch((error: unknown) => {
        this.lost(connection, subscriber, error as Error);
      });
    }, this.heartbeatMs);
  }

  private heardProbe(connection: Connection): void {
    connection.hears = true;
    if (this.hasWarned) this.logger.log('Hears of changes again.');
    this.hasWarned = false;
  }

  private isDeaf(subscriber: ChangeSubscriber): void {
    this.warn(
      'Notifications of the database do not arrive, so changes are looked for every few seconds. A pooler in transaction ' +
        'mode loses them: set DATABASE_DIRECT_URL to the database without the pooler.',
    );
    subscriber.onDeaf();
  }

  private lost(connection: Connection, subscriber: ChangeSubscriber, error?: Error): void {
    if (connection.isLost || this.isStopped) return;
    connection.isLost = true;
    this.warn(`Does not hear of changes at the moment: ${reasonOf(error)}. Tries again every few seconds.`);
    clearTimeout(this.timer);
    connection.client.end().catch(() => undefined);
    subscriber.onDeaf();
    this.failures += 1;
    const delayMs = Math.min(RETRY_MS * this.failures, LAST_RETRY_MS);
    this.timer = setTimeout(() => void this.connect(subscriber), delayMs);
  }

  /** Once, until changes are heard again. */
  private warn(sentence: string): void {
    if (!this.hasWarned) this.logger.warn(sentence);
    this.hasWarned = true;
  }

  /** @throws Error when there is no answer within a heartbeat */
  private async inTime<T>(answer: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`no answer within ${this.heartbeatMs / 1000} s`));
      }, this.heartbeatMs);
    });
    try {
      return await Promise.race([answer, tooLate]);
    } finally {
      clearTimeout(timer);
      answer.catch(() => undefined);
    }
  }
}

interface Connection {
  readonly client: pg.Client;
  /** A channel of this connection alone. */
  readonly probe: string;
  isLost: boolean;
  /** A notification has arrived on it. */
  hears: boolean;
}

/** A connection that the other side closed gives no error; one that nothing answered may give an empty one. */
function reasonOf(error: (Error & { code?: string }) | undefined): string {
  if (!error) return 'the connection ended';
  return error.message === '' ? (error.code ?? 'no answer') : error.message;
}
