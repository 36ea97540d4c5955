import { randomBytes } from 'node:crypto';
import type { Server } from 'node:https';
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { TLSSocket } from 'node:tls';
import { Metrics } from '../metrics/metrics.js';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { TicketKeyRepository } from './ticket-key.repository.js';
import { currentKey, endedKeys, nextKeyStart, timeToChange } from './ticket-schedule.js';

const SECRET_BYTES = 48;
/** Well within the time by which a key is made before it starts. */
const LOOK_MS = 10 * 60 * 1000;

/** Lets a device resume its TLS session at any worker of any server on the same database. */
@Injectable()
export class SessionTickets implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('SessionTickets');
  private server: Server | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly adapterHost: HttpAdapterHost,
    private readonly keys: TicketKeyRepository,
    private readonly metrics: Metrics,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!this.config.tls) return;
    this.server = this.adapterHost.httpAdapter.getHttpServer() as Server;
    this.server.on('secureConnection', (socket: TLSSocket) => {
      this.metrics.handshakes.add(1, socket.isSessionReused() ? 'resumed' : 'full');
    });
    await this.refresh();
  }

  beforeApplicationShutdown(): void {
    clearTimeout(this.timer);
  }

  /** Makes a key if it is time, and takes into use what the schedule says. While the database is away all stays as it is. */
  async refresh(): Promise<void> {
    clearTimeout(this.timer);
    let wait = LOOK_MS;
    try {
      const { keys, now } = await this.keys.rotate(({ keys, now }) => ({
        startsAt: nextKeyStart(keys, now),
        secret: randomBytes(SECRET_BYTES),
        ended: endedKeys(keys, now),
      }));
      const current = currentKey(keys, now);
      if (current) this.server?.setTicketKeys(current.secret);
      wait = Math.min(LOOK_MS, timeToChange(keys, now));
    } catch (error) {
      this.logger.warn(`The keys of session tickets stay as they are: ${String(error)}`);
    }
    this.timer = setTimeout(() => void this.refresh(), wait).unref();
  }
}
