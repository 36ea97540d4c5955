import { Inject, Module, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { HealthMonitor } from '../http/health/health-monitor.js';
import { FirmwareStore } from './firmware-store.js';
import { storeOf } from './store-of.js';
import { VerifiedFiles } from './verified-files.js';

const CLEAR_EVERY_MS = 10 * 60 * 1000;

@Module({
  providers: [
    {
      provide: FirmwareStore,
      inject: [APP_CONFIG],
      useFactory: ({ firmwareStore }: AppConfig) => storeOf(firmwareStore),
    },
    VerifiedFiles,
  ],
  exports: [FirmwareStore, VerifiedFiles],
})
export class StorageModule implements OnModuleInit, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(FirmwareStore) private readonly store: FirmwareStore,
    health: HealthMonitor,
  ) {
    health.watch('store', () => store.findFault());
  }

  async onModuleInit(): Promise<void> {
    await this.store.clearLeftovers();
    // What servers in other containers and on other machines have left is known to be left only when it is old.
    this.timer = setInterval(() => void this.store.clearLeftovers(), CLEAR_EVERY_MS).unref();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }
}
