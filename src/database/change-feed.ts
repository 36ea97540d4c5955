import { randomUUID } from 'node:crypto';
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { applicationName } from './application-name.js';
import { DATABASE_URL } from './database-url.js';
import { newPgClient } from './pg-client.js';

/** What is told of the channels that somebody subscribed to. */
export interface ChangeSubscriber {
  /**
   * There was a notification on one of them, or may have been: the connection has just begun to hear.
   * @param payload of the notification; null: nobody knows what was missed
   */
  onChange(payload: string | null): void;
  /** Nothing was missed up to `since`, a reading of `performance.now()`. */
  onAlive(since: number): void;
  /** Notifications are not heard at the moment; called again every few seconds until they are. */
  onDeaf(): void;
}

interface Connection {
  readonly client: pg.Client;
  /** A channel of this connection alone. */
  readonly probe: string;
  isLost: boolean;
  /** A notification has arrived on it. */
  hears: boolean;
}

const CONNECT_PATIENCE_MS = 5_000;
/** Not longer after many failures: until it hears again, what other servers change has its effect here late. */
const RETRY_MS = 1_000;

/**
 * Hears the notifications of the database, on one connection for the whole process. A heartbeat finds a connection that
 * is half open, on which nothing would ever be heard again; a probe finds a pooler that loses notifications. Whatever
 * may have been missed meanwhile is told to the subscribers as a change.
 */
@Injectable()
export class ChangeFeed implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly logger = new Logger('ChangeFeed');
  private readonly url: string;
  private readonly heartbeatMs: number;
  private readonly subscribers = new Map<ChangeSubscriber, readonly string[]>();
  private connection: Connection | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;
  private hasWarned = false;

  constructor(
    @Inject(APP_CONFIG) { databaseDirectUrl, limits }: AppConfig,
    @Inject(DATABASE_URL) databaseUrl: string,
    private readonly database: DataSource,
  ) {
    this.url = databaseDirectUrl ?? databaseUrl;
    this.heartbeatMs = limits.heartbeatMs;
  }

  /** To be called before the application has started. */
  subscribe(channels: readonly string[], subscriber: ChangeSubscriber): void {
    this.subscribers.set(subscriber, channels);
  }

  /** The connection, for what belongs to a session; null while there is none, or a pooler shares it with others. */
  get session(): pg.Client | null {
    const { connection } = this;
    return connection && connection.hears && !connection.isLost ? connection.client : null;
  }

  onApplicationBootstrap(): void {
    void this.connect();
  }

  /** Tells the subscribers nothing any more. */
  beforeApplicationShutdown(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  /** After the tasks that a lock of this session allowed to run have ended. */
  async onApplicationShutdown(): Promise<void> {
    await this.connection?.client.end().catch(() => undefined);
  }

  private async connect(): Promise<void> {
    const probe = `ota_probe_${randomUUID().replaceAll('-', '')}`;
    const client = newPgClient({
      application_name: applicationName('notifications'),
      connectionString: this.url,
      connectionTimeoutMillis: CONNECT_PATIENCE_MS,
    });
    const connection: Connection = { client, probe, isLost: false, hears: false };
    this.connection = connection;
    const lost = (error?: Error): void => {
      this.lost(connection, error);
    };
    client.on('error', lost);
    client.on('end', lost);
    client.on('notification', ({ channel, payload }) => {
      if (this.isStopped) return;
      if (channel === probe) this.heardProbe(connection);
      else this.heard(channel, payload ?? '');
    });
    try {
      await client.connect();
      const channels = new Set([probe, ...[...this.subscribers.values()].flat()]);
      const listen = [...channels].map((channel) => `LISTEN ${pg.escapeIdentifier(channel)}`);
      await this.inTime(client.query(listen.join('; ')));
      await this.beat(connection);
      for (const subscriber of this.subscribers.keys()) subscriber.onChange(null);
    } catch (error) {
      lost(error as Error);
    }
  }

  private async beat(connection: Connection): Promise<void> {
    const { client, probe } = connection;
    const since = performance.now();
    await this.inTime(client.query('SELECT 1'));
    if (connection.hears) for (const subscriber of this.subscribers.keys()) subscriber.onAlive(since);
    else {
      // From another connection: a pooler would give this one's own notification back to it.
      await this.inTime(this.database.query('SELECT pg_notify($1, $2)', [probe, '']));
    }
    if (this.isStopped || connection.isLost) return;
    this.timer = setTimeout(() => {
      if (!connection.hears) this.isDeaf();
      this.beat(connection).catch((error: unknown) => {
        this.lost(connection, error as Error);
      });
    }, this.heartbeatMs);
  }

  private heard(channel: string, payload: string): void {
    for (const [subscriber, channels] of this.subscribers) {
      if (channels.includes(channel)) subscriber.onChange(payload);
    }
  }

  private heardProbe(connection: Connection): void {
    connection.hears = true;
    if (this.hasWarned) this.logger.log('Hears of changes again.');
    this.hasWarned = false;
  }

  private isDeaf(): void {
    this.warn(
      'Notifications of the database do not arrive, so changes are looked for every few seconds. A pooler in transaction ' +
        'mode loses them: set DATABASE_DIRECT_URL to the database without the pooler.',
    );
    for (const subscriber of this.subscribers.keys()) subscriber.onDeaf();
  }

  private lost(connection: Connection, error?: Error): void {
    if (connection.isLost || this.isStopped) return;
    connection.isLost = true;
    this.warn(`Does not hear of changes at the moment: ${reasonOf(error)}. Tries again every second.`);
    clearTimeout(this.timer);
    connection.client.end().catch(() => undefined);
    for (const subscriber of this.subscribers.keys()) subscriber.onDeaf();
    this.timer = setTimeout(() => void this.connect(), RETRY_MS);
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

/** A connection that the other side closed gives no error; one that nothing answered may give an empty one. */
function reasonOf(error: (Error & { code?: string }) | undefined): string {
  if (!error) return 'the connection ended';
  return error.message === '' ? (error.code ?? 'no answer') : error.message;
}
