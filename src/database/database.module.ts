import { Global, Logger, Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { dataSourceOptions } from './data-source.js';
import { DATABASE_URL } from './database-url.js';

/** Makes one database known to every module. */
@Global()
@Module({})
export class DatabaseModule {
  static at(url: string): DynamicModule {
    const logger = new Logger('Database');
    const options = dataSourceOptions(url, (error) => {
      logger.warn(`An idle connection broke: ${error.message}`);
    });
    return {
      module: DatabaseModule,
      imports: [TypeOrmModule.forRoot({ ...options, retryAttempts: 0 })],
      providers: [{ provide: DATABASE_URL, useValue: url }],
      exports: [DATABASE_URL],
    };
  }
}
