import { setTimeout as sleep } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.js';
import { ChangeFeed } from '../../database/change-feed.js';
import { PeriodicTasks } from '../../database/periodic-tasks.js';
import { packState, PLAIN, unpackState, type DeviceAccessState } from '../../domain/device-access.js';
import { DeviceAccessRepository, type DeviceAccessRecord } from './device-access.repository.js';
import { PackedStates } from './packed-states.js';

/** Notifications of one moment share a read. */
const GATHER_MS = 5;
const PAGE = 20_000;

/**
 * Who may speak for which device, in memory, so that no request of a device asks the database. All of it is read before
 * the app is ready; from then on what has changed, as soon as that is heard of (LISTEN device_access_changed) and every
 * half second in any case: on a connection that is half open nothing is heard. What the database cannot say stays as it
 * was.
 */
@Injectable()
export class DeviceAccess implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('DeviceAccess');
  private readonly states = new PackedStates();
  /** Number of a transaction: what those before it have changed is here. null: nothing was read yet. */
  private upTo: number | null = null;
  private running: Promise<void> | undefined;
  /** A read that has not begun. */
  private next: Promise<void> | undefined;

  constructor(
    @Inject(APP_CONFIG) { limits }: AppConfig,
    private readonly records: DeviceAccessRepository,
    changes: ChangeFeed,
    tasks: PeriodicTasks,
  ) {
    const hear = (): void => {
      this.refresh().catch((error: unknown) => {
        this.logger.debug(`Changes could not be read and are read again shortly: ${String(error)}`);
      });
    };
    changes.subscribe(['device_access_changed'], {
      onChange: hear,
      onDeaf: hear,
      onAlive: () => undefined,
    });
    tasks.add({
      name: 'Reading who may speak for which device',
      everyMs: limits.accessRefreshMs,
      run: () => this.refresh(),
    });
  }

  onApplicationBootstrap(): Promise<void> {
    return this.refresh();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.next?.catch(() => undefined);
    await this.running?.catch(() => undefined);
  }

  stateOf(deviceId: number): DeviceAccessState {
    const packed = this.states.get(deviceId);
    return packed === 0 ? PLAIN : unpackState(packed);
  }

  /** Resolves when what was committed before this call is here. */
  refresh(): Promise<void> {
    this.next ??= this.readNext();
    return this.next;
  }

  /** One read after the other, so that an older one never undoes what a newer one has found. */
  private async readNext(): Promise<void> {
    await sleep(GATHER_MS);
    await this.running?.catch(() => undefined);
    // Whoever asks from here on may have committed what this read does not see.
    this.next = undefined;
    this.running = this.read().finally(() => {
      this.running = undefined;
    });
    await this.running;
  }

  private async read(): Promise<void> {
    if (this.upTo === null) {
      const upTo = await this.records.oldestRunning();
      await this.readAll();
      this.upTo = upTo;
    }
    const { records, upTo } = await this.records.findChanged(this.upTo);
    this.take(records);
    this.upTo = upTo;
  }

  private async readAll(): Promise<void> {
    for (let last = 0; ;) {
      const page = await this.records.findAfter(last, PAGE);
      this.take(page);
      const end = page.at(-1);
      if (!end || page.length < PAGE) return;
      last = end.deviceId;
    }
  }

  private take(records: readonly DeviceAccessRecord[]): void {
    for (const { deviceId, state } of records) this.states.set(deviceId, packState(state));
  }
}
