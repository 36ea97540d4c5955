import { randomBytes } from 'node:crypto';
import type { Server } from 'node:https';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { TLSSocket } from 'node:tls';
import { Metrics } from '../metrics/metrics.js';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import type { PeriodicTask } from '../database/periodic-task.js';
import { PeriodicTasks } from '../database/periodic-tasks.js';
import { PreviousTickets } from './previous-tickets.js';
import { TicketKeyRepository } from './ticket-key.repository.js';
import { endedKeys, keysInUse, nextKeyStart, timeToChange } from './ticket-schedule.js';
import { tlsOptions } from './tls-options.js';

const SECRET_BYTES = 48;
/** Well within the time by which a key is made before it starts. */
const LOOK_MS = 10 * 60 * 1000;

/** Lets a device resume its TLS session at any worker of any server on the same database. */
@Injectable()
export class SessionTickets implements OnApplicationBootstrap {
  private server: Server | undefined;
  private previous: PreviousTickets | undefined;
  private inUse = '';
  private task: PeriodicTask | undefined;

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly adapterHost: HttpAdapterHost,
    private readonly keys: TicketKeyRepository,
    private readonly metrics: Metrics,
    private readonly tasks: PeriodicTasks,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { tls } = this.config;
    if (!tls) return;
    this.server = this.adapterHost.httpAdapter.getHttpServer() as Server;
    this.server.on('secureConnection', (socket: TLSSocket) => {
      this.metrics.handshakes.add(1, socket.isSessionReused() ? 'resumed' : 'full');
    });
    this.previous = new PreviousTickets(this.server, tlsOptions(tls));
    this.task = this.tasks.add({
      name: 'Rotating the keys of session tickets',
      everyMs: LOOK_MS,
      run: () => this.rotate(),
    });
    await this.refresh();
  }

  /** Makes a key if it is time, and takes into use what the schedule says. While the database is away all stays as it is. */
  async refresh(): Promise<void> {
    await this.task?.run();
  }

  /** @returns the pause until the next key is to be taken into use, or one might have been made */
  private async rotate(): Promise<number> {
    const { keys, now } = await this.keys.rotate(({ keys, now }) => ({
      startsAt: nextKeyStart(keys, now),
      secret: randomBytes(SECRET_BYTES),
      ended: endedKeys(keys, now),
    }));
    const inUse = keysInUse(keys, now);
    if (inUse) this.use(inUse.current.secret, inUse.previous?.secret ?? null);
    return Math.min(LOOK_MS, timeToChange(keys, now));
  }

  private use(current: Buffer, previous: Buffer | null): void {
    const names = [current, previous].map((secret) => secret?.toString('hex')).join();
    if (names === this.inUse) return;
    this.inUse = names;
    this.server?.setTicketKeys(current);
    this.previous?.accept(previous);
  }
}
