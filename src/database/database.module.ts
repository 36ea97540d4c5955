import { Global, Logger, Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { AppConfig } from '../config/app-config.js';
import { ChangeFeed } from './change-feed.js';
import { dataSourceOptions } from './data-source.js';
import { DatabaseClock } from './database-clock.js';
import { DATABASE_URL } from './database-url.js';
import { openDataSource } from './open-data-source.js';
import { PeriodicTasks } from './periodic-tasks.js';
import { Shards } from './shards.js';

/** Makes one database known to every module, what it tells of itself, and what is done with it again and again. */
@Global()
@Module({})
export class DatabaseModule {
  static at(url: string, { workers, databasePoolSize }: AppConfig): DynamicModule {
    const logger = new Logger('Database');
    const onPoolError = (error: Error): void => {
      logger.warn(`An idle connection broke: ${error.message}`);
    };
    return {
      module: DatabaseModule,
      imports: [
        TypeOrmModule.forRootAsync({
          useFactory: () => ({ retryAttempts: 0 }),
          dataSourceFactory: () =>
            openDataSource(dataSourceOptions(url, { onPoolError, workers, poolSize: databasePoolSize })),
        }),
      ],
      providers: [{ provide: DATABASE_URL, useValue: url }, DatabaseClock, ChangeFeed, PeriodicTasks, Shards],
      exports: [DATABASE_URL, DatabaseClock, ChangeFeed, PeriodicTasks, Shards],
    };
  }
}
