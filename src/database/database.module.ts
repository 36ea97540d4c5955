import { Global, Logger, Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { dataSourceOptions } from './data-source.js';
import { DATABASE_URL } from './database-url.js';

/** Makes one database known to every module. */
@Global()
@Module({})
export class DatabaseModule {
  /** @param workers processes that share the database's connections */
  static at(url: string, workers: number): DynamicModule {
    const logger = new Logger('Database');
    const onPoolError = (error: Error): void => {
      logger.warn(`An idle connection broke: ${error.message}`);
    };
    return {
      module: DatabaseModule,
      imports: [TypeOrmModule.forRoot({ ...dataSourceOptions(url, onPoolError, workers), retryAttempts: 0 })],
      providers: [{ provide: DATABASE_URL, useValue: url }],
      exports: [DATABASE_URL],
    };
  }
}
