import { Inject, Injectable, Logger } from '@nestjs/common';
import pg from 'pg';
import { DATABASE_URL } from '../../database/database-url.js';

const CHANNEL = 'firmware_changed';
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;

/** Hears, on a connection of its own, that somebody changed the table of firmware. */
@Injectable()
export class FirmwareChangeListener {
  private readonly logger = new Logger('FirmwareChangeListener');
  private client: pg.Client | undefined;
  private retry: NodeJS.Timeout | undefined;
  private isStopped = false;

  constructor(@Inject(DATABASE_URL) private readonly databaseUrl: string) {}

  /** @param onChange called on every change, and when the connection stands (again): something may have been missed */
  start(onChange: () => void): void {
    void this.connect(onChange, FIRST_RETRY_MS);
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.retry);
    await this.client?.end().catch(() => undefined);
  }

  private async connect(onChange: () => void, retryMs: number): Promise<void> {
    const client = new pg.Client({ connectionString: this.databaseUrl, keepAlive: true });
    this.client = client;
    let isLost = false;
    let delayMs = retryMs;
    const lost = (error?: Error): void => {
      if (isLost || this.isStopped) return;
      isLost = true;
      this.logger.warn(`Does not hear of changes at the moment: ${error?.message ?? 'the connection ended'}`);
      client.end().catch(() => undefined);
      this.retry = setTimeout(() => {
        void this.connect(onChange, Math.min(delayMs * 2, LAST_RETRY_MS));
      }, delayMs);
    };
    client.on('error', lost);
    client.on('end', lost);
    client.on('notification', onChange);
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
      delayMs = FIRST_RETRY_MS;
      onChange();
    } catch (error) {
      lost(error as Error);
    }
  }
}
