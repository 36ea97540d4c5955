import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import type { PeriodicTask } from '../database/periodic-task.js';
import { PeriodicTasks } from '../database/periodic-tasks.js';
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
      useFactory: (config: AppConfig) => storeOf(config),
    },
    VerifiedFiles,
  ],
  exports: [FirmwareStore, VerifiedFiles],
})
export class StorageModule implements OnModuleInit {
  private readonly clearing: PeriodicTask;

  constructor(@Inject(FirmwareStore) store: FirmwareStore, health: HealthMonitor, tasks: PeriodicTasks) {
    health.watch('store', () => store.findError());
    // What servers in other containers and on other machines have left is known to be left only when it is old.
    this.clearing = tasks.add({
      name: 'Removing what uploads left unfinished',
      everyMs: CLEAR_EVERY_MS,
      run: () => store.clearLeftovers(),
    });
  }

  onModuleInit(): Promise<void> {
    return this.clearing.run();
  }
}
